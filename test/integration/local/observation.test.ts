import { PutItemCommand } from '@aws-sdk/client-dynamodb';
import { EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import { SFNClient, StartExecutionCommand } from '@aws-sdk/client-sfn';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { listen } from '../../../local/api/http-server.ts';
import { localClientConfig } from '../../../local/dynamodb/dynamodb.ts';
import type { Observation } from '../../../local/functions/observation.ts';
import { loadFactor } from '../../../local/load-factor.ts';
import { type Fixture, startFixture } from './fixture.ts';

const WAIT = { timeout: 30_000 * loadFactor(), interval: 20 };

let local: Fixture;
const observations: Observation[] = [];
const dynamodbTargets: string[] = [];
let stopCount = 0;
beforeAll(async () => {
  local = await startFixture({
    observe: (one) => observations.push(one),
    dynamodbProxy: startRecordingProxy,
  });
});
afterAll(async () => {
  await local?.stop();
  expect(stopCount).toBe(1);
});

/** Starts a proxy that records the requests of functions to DynamoDB. */
async function startRecordingProxy(endpoint: string) {
  const proxy = await listen(async (request) => {
    dynamodbTargets.push(request.headers.get('x-amz-target') ?? '');
    const { method, headers } = request;
    return fetch(endpoint, { method, headers, body: await request.arrayBuffer() });
  }, 0);
  return {
    endpoint: proxy.url,
    stop: async () => {
      stopCount += 1;
      await proxy.stop();
    },
  };
}

type Kind = Observation['kind'];
const observationsOf = <Of extends Kind>(kind: Of): readonly Extract<Observation, { kind: Of }>[] =>
  observations.filter((one): one is Extract<Observation, { kind: Of }> => one.kind === kind);
const waitForObservation = (kind: Kind, part: object) =>
  expect.poll(() => observationsOf(kind), WAIT).toContainEqual(expect.objectContaining(part));

test("reports a request, the invocation of its function and the function's log", async () => {
  const { status } = await fetch(`${local.api}/fail`);

  await waitForObservation('log', { functionName: expect.stringContaining('Fail') });
  expect(status).toBe(500);
  expect(observationsOf('request')).toContainEqual({
    kind: 'request',
    routeKey: 'GET /fail',
    access: 'none',
    status: 500,
  });
  const ran = observationsOf('invocation').find(({ functionName }) =>
    functionName.includes('Fail'),
  );
  expect(ran).toMatchObject({ by: 'route', records: 1, isOk: false });
  expect(ran?.milliseconds).toBeGreaterThan(0);
  const logged = () => Buffer.byteLength(local.logOf(ran?.functionName ?? ''));
  const countedBytes = () =>
    observationsOf('log')
      .filter(({ functionName }) => functionName.includes('Fail'))
      .reduce((sum, { bytes }) => sum + bytes, 0);
  await expect.poll(() => logged() - countedBytes(), WAIT).toBe(0);
  expect(countedBytes()).toBeGreaterThan(0);
});

test('reports a request that its authorizer rejected, and no invocation', async () => {
  await fetch(`${local.api}/scoped`);

  expect(observationsOf('request')).toContainEqual({
    kind: 'request',
    routeKey: 'GET /scoped',
    access: 'jwt',
    status: 401,
  });
  expect(
    observationsOf('invocation').some(({ functionName }) => functionName.includes('Echo')),
  ).toBe(false);
});

test('reports a batch of a stream', async () => {
  const item = { pk: { S: 'streamed' }, type: { S: 'wanted' } };
  await local.client.send(new PutItemCommand({ TableName: local.tables.things, Item: item }));

  await waitForObservation('invocation', { by: 'stream', records: 1, isOk: true });
});

test('reports an event and the requests to its queue', async () => {
  const bus = new EventBridgeClient({ ...localClientConfig(local.aws) });
  const entry = {
    EventBusName: local.output('BusName'),
    Source: 'fixture',
    DetailType: 'Wanted',
    Detail: JSON.stringify({ data: { size: 2 } }),
  };
  await bus.send(
    new PutEventsCommand({ Entries: [entry, { ...entry, Detail: '{"data":{"size":1}}' }] }),
  );
  bus.destroy();

  await waitForObservation('queueRequest', { action: 'delete', messages: 1 });
  const [wanted, unwanted] = observationsOf('event');
  expect(wanted?.queueArns).toEqual([expect.stringContaining('Queue')]);
  expect(wanted?.bytes).toBeGreaterThan(entry.Detail.length);
  expect(unwanted).toMatchObject({ detailType: 'Wanted', queueArns: [], topicArns: [] });
  const queueArn = wanted?.queueArns[0];
  const requests = observationsOf('queueRequest').filter(
    (one) => one.queueArn === queueArn && one.messages > 0,
  );
  // On a busy machine a message may be received again before it is deleted.
  expect([...new Set(requests.map(({ action }) => action))]).toEqual(['send', 'receive', 'delete']);
  expect(observationsOf('invocation')).toContainEqual(
    expect.objectContaining({ by: 'queue', records: 1 }),
  );
});

test('reports each state that an execution enters', async () => {
  const sfn = new SFNClient({ ...localClientConfig(local.aws) });
  const input = JSON.stringify({ order: 'observed', mode: 'work' });
  const stateMachineArn = local.output('MachineArn');
  await sfn.send(new StartExecutionCommand({ stateMachineArn, input, name: 'observed' }));
  sfn.destroy();

  // The execution waits for a result that does not arrive.
  await waitForObservation('transition', { stateName: 'Undo' });
  expect(observationsOf('transition').map(({ stateName }) => stateName)).toEqual([
    'First',
    'Wait for a result',
    'Undo',
  ]);
});

test('functions reach DynamoDB through the proxy, and the runtime itself does not', () => {
  expect(new Set(dynamodbTargets)).toEqual(new Set(['DynamoDB_20120810.PutItem']));
});
