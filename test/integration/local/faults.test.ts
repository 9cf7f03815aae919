import { randomUUID } from 'node:crypto';
import { SendMessageCommand } from '@aws-sdk/client-sqs';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { FaultRequest } from '../../../local/faults/fault.ts';
import { clearFaults, listFaults, setFault } from '../../../local/faults/request-faults.ts';
import type { Observation } from '../../../local/functions/observation.ts';
import { sqsClient } from '../../../local/messaging/queues.ts';
import { type Fixture, startFixture } from './fixture.ts';

/** Visibility timeout of the fixture's queue. */
const VISIBILITY_SECONDS = 4;
const DELAY_MILLISECONDS = 500;
/** Number of times that the SDK sends a call to DynamoDB. */
const ATTEMPTS = 4;

let local: Fixture;
const observations: Observation[] = [];
beforeAll(async () => {
  local = await startFixture({ observe: (one) => observations.push(one) });
});
afterEach(() => local?.faults.clear());
afterAll(() => local?.stop());

async function sendMessage(MessageBody: string): Promise<void> {
  const client = sqsClient(local.sqs);
  await client.send(new SendMessageCommand({ QueueUrl: local.output('QueueMain'), MessageBody }));
  client.destroy();
}

/** Waits until the queue's function has handled a message, and returns its receive counts. */
async function receivesOf(body: string, count = 1): Promise<readonly string[]> {
  const calls = async () =>
    (await local.listCalls('queue'))
      .filter(({ detail }) => (detail as { readonly body: string }).body === body)
      .map(({ subject }) => subject);
  await expect.poll(calls, { timeout: 30_000, interval: 20 }).toHaveLength(count);
  return calls();
}

describe('an injected fault', () => {
  test('fails a message, which is received again and handled', async () => {
    const body = randomUUID();
    local.faults.set({
      functionName: 'on-queue',
      kind: 'error',
      times: 1,
      text: body,
      redeliverySeconds: 0,
    });

    await sendMessage(body);

    expect(await receivesOf(body)).toEqual(['2']);
    expect(local.faults.list()).toEqual([]);
    expect(observations).toContainEqual({
      kind: 'injectedFault',
      functionName: expect.stringContaining('OnQueue'),
      faultKind: 'error',
    });
  });

  test('that loses a response leaves the work done, and the message is handled again', async () => {
    const body = randomUUID();
    local.faults.set({ functionName: 'on-queue', kind: 'lostResponse', times: 1, text: body });

    const sentAt = performance.now();
    await sendMessage(body);

    expect(await receivesOf(body, 2)).toEqual(['1', '2']);
    // Without its own redelivery time, the fault keeps the visibility timeout.
    expect(performance.now() - sentAt).toBeGreaterThan(VISIBILITY_SECONDS * 1_000 - 100);
  });

  test('turns the response of a route into an error', async () => {
    const request = () => fetch(`${local.api}/echo/fixed`, { method: 'POST' });
    local.faults.set({ functionName: 'plain', kind: 'error', times: 1 });

    expect((await request()).status).toBe(500);
    expect((await request()).status).toBe(200);
  });

  test('that crashes ends the environment after the work', async () => {
    const invoke = () => local.invokeFunction('Count', {});
    await invoke();
    expect(await invoke()).toEqual({ counter: 2 });
    local.faults.set({ functionName: 'count', kind: 'crash', times: 1 });

    await expect(invoke()).rejects.toThrow('Runtime.ExitError: Runtime exited with exit status 1');
    expect(await invoke()).toEqual({ counter: 1 });
  });

  test('delays an invocation', async () => {
    const delayMilliseconds = DELAY_MILLISECONDS;
    local.faults.set({ functionName: 'plain', kind: 'slow', times: 1, delayMilliseconds });

    const startedAt = performance.now();
    const response = await fetch(`${local.api}/echo/fixed`, { method: 'POST' });

    expect(response.status).toBe(200);
    expect(performance.now() - startedAt).toBeGreaterThan(DELAY_MILLISECONDS - 10);
  });
});

describe('an injected fault of a call', () => {
  const record = async () => {
    const order = randomUUID();
    const result = await local.invokeFunction('Step', { order, token: 'any' }).then(
      () => 'succeeded',
      (error: unknown) => String(error),
    );
    const recorded = (await local.listCalls('token')).filter(({ subject }) => subject === order);
    return { result, recorded: recorded.length };
  };
  const setPutFault = (over: Partial<FaultRequest>) =>
    local.faults.set({
      functionName: 'step',
      call: 'PutItem',
      kind: 'error',
      times: 1,
      ...over,
    } as FaultRequest);

  test('is survived by the retries of the SDK, and observed', async () => {
    setPutFault({ times: 2 });

    expect(await record()).toEqual({ result: 'succeeded', recorded: 1 });
    expect(local.faults.list()).toEqual([]);
    expect(observations.filter((one) => 'call' in one)).toEqual(
      Array(2).fill({
        kind: 'injectedFault',
        functionName: expect.stringContaining('Step'),
        faultKind: 'error',
        call: 'PutItem',
      }),
    );
  });

  test('fails the function when it hits every attempt, and nothing is sent', async () => {
    setPutFault({ times: ATTEMPTS });

    expect(await record()).toEqual({
      result: expect.stringContaining('failed this call'),
      recorded: 0,
    });
    expect(await record()).toEqual({ result: 'succeeded', recorded: 1 });
  });

  test('that loses the response leaves the write done', async () => {
    setPutFault({ kind: 'lostResponse', times: ATTEMPTS });

    expect(await record()).toEqual({
      result: expect.stringContaining('failed this call'),
      recorded: 1,
    });
  });

  test('that crashes ends the environment after the write', async () => {
    setPutFault({ kind: 'crash' });

    expect(await record()).toEqual({
      result: expect.stringContaining('Runtime.ExitError'),
      recorded: 1,
    });
    expect(await record()).toEqual({ result: 'succeeded', recorded: 1 });
  });

  test('that is slow delays the write', async () => {
    setPutFault({ kind: 'slow', delayMilliseconds: DELAY_MILLISECONDS });

    const startedAt = performance.now();

    expect(await record()).toEqual({ result: 'succeeded', recorded: 1 });
    expect(performance.now() - startedAt).toBeGreaterThan(DELAY_MILLISECONDS - 10);
  });

  test('that crashes a consumer lets its message be received again', async () => {
    const body = randomUUID();
    const fault = { functionName: 'on-queue', call: 'PutItem', kind: 'crash', times: 1 } as const;
    local.faults.set({ ...fault, text: body, redeliverySeconds: 0 });

    await sendMessage(body);

    expect(await receivesOf(body, 2)).toEqual(['1', '2']);
  });

  test.each<[Partial<FaultRequest>, string]>([
    [{ kind: 'error' }, 'fetch failed'],
    [{ kind: 'lostResponse' }, 'fetch failed'],
    [{ kind: 'crash' }, 'Runtime.ExitError'],
  ])('hits a request of fetch: %o', async (over, message) => {
    const paths = ['/service/allowed-1', '/service/allowed-2'];
    const send = () => local.invokeFunction('CallService', { api: local.api, paths });
    const fault = { functionName: 'call-service', call: 'PUT /service/{id}', times: 1 };
    local.faults.set({ ...fault, callText: 'allowed-2', ...over } as FaultRequest);

    await expect(send()).rejects.toThrow(message);
    expect(await send()).toEqual([200, 200]);
  });

  test('that is slow delays a request of fetch', async () => {
    const fault = { functionName: 'call-service', call: 'PUT /service/{id}', times: 1 } as const;
    local.faults.set({ ...fault, kind: 'slow', delayMilliseconds: DELAY_MILLISECONDS });

    const startedAt = performance.now();
    const paths = ['/service/allowed-1'];

    expect(await local.invokeFunction('CallService', { api: local.api, paths })).toEqual([200]);
    expect(performance.now() - startedAt).toBeGreaterThan(DELAY_MILLISECONDS - 10);
  });
});

describe('the resource of faults', () => {
  test('sets, lists and removes faults', async () => {
    const request = { functionName: 'on-queue', kind: 'crash', times: 3 } as const;

    const fault = await setFault(local.aws, request);

    expect(fault).toEqual({ ...request, visibilitySeconds: VISIBILITY_SECONDS });
    expect(await listFaults(local.aws)).toEqual([fault]);
    expect(local.faults.list()).toEqual([fault]);
    await clearFaults(local.aws);
    expect(await listFaults(local.aws)).toEqual([]);
  });

  test.each([
    ['an unknown function', { functionName: 'on-queu' }, 'Similar names: on-queue.'],
    ['no invocation', { times: 0 }, 'at times'],
    ['an unknown kind', { kind: 'fire' }, 'at kind'],
    ['a call without a known form', { call: 'put item' }, 'at call'],
    ['a call that no function makes', { call: 'PutItems' }, /Its calls: .*PutItem, /],
    [
      'a request that no route has',
      { functionName: 'call-service', call: 'PUT /services/{id}' },
      /makes no call PUT \/services\/\{id\}\. Its calls: .*PUT \/service\/\{/,
    ],
    [
      'a request of a function that may invoke no route',
      { call: 'PUT /service/{id}' },
      'on-queue makes no call PUT /service/{id}.',
    ],
    ['a field that the kind does not have', { delayMilliseconds: 5 }, 'not a fault'],
  ])('rejects %s', async (_name, over, message) => {
    const request = { functionName: 'on-queue', kind: 'error', times: 1, ...over };

    await expect(setFault(local.aws, request as Parameters<typeof setFault>[1])).rejects.toThrow(
      message,
    );
  });

  test('is an error that the user can fix when no runtime listens', async () => {
    await expect(listFaults('http://127.0.0.1:1')).rejects.toThrow('Run `npm start`');
  });
});
