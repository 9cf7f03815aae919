import { ReceiveMessageCommand, SendMessageCommand, type SQSClient } from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Observation } from '../../../local/functions/observation.ts';
import { CHAIN_INVOCATIONS_MAX } from '../../../local/functions/request-chain.ts';
import { loadFactor } from '../../../local/load-factor.ts';
import { sqsClient } from '../../../local/messaging/queues.ts';
import { type Fixture, startFixture } from './fixture.ts';

const WAIT = { timeout: 30_000 * loadFactor(), interval: 20 };
/** Some more hops than Lambda allows. */
const HOPS = CHAIN_INVOCATIONS_MAX + 4;
/** Number of receives after which the fixture's queue moves a message to its dead letter queue. */
const RECEIVES_MAX = 2;

let local: Fixture;
let client: SQSClient;
const rejections: Observation[] = [];
beforeAll(async () => {
  local = await startFixture({
    observe: (one) => one.kind === 'rejectedInvocation' && rejections.push(one),
  });
  client = sqsClient(local.sqs);
});
afterAll(async () => {
  client?.destroy();
  await local?.stop();
});

const startChain = (output: string, chain: string) =>
  client.send(
    new SendMessageCommand({
      QueueUrl: local.output(output),
      MessageBody: JSON.stringify({ chain, hop: 1, last: HOPS }),
    }),
  );
/** Returns the hops at which the function ran. A message that is received twice counts once. */
const hopsOf = async (chain: string) => {
  const hops = (await local.listCalls(`loop-${chain}`)).map(({ subject }) => Number(subject));
  return [...new Set(hops)].sort((one, other) => one - other);
};
const hopsUpTo = (last: number) => Array.from({ length: last }, (_, index) => index + 1);

test('stops a function that sends messages to its own queue after 16 invocations', async () => {
  await startChain('QueueLoop', 'stopped');

  // The message of the 17th invocation is received as often as its queue allows, and each
  // invocation is rejected.
  await expect.poll(() => rejections.length, WAIT).toBeGreaterThanOrEqual(RECEIVES_MAX);
  for (const one of rejections)
    expect(one).toMatchObject({
      by: 'queue',
      errorType: 'RecursiveInvocationException',
      functionName: expect.stringContaining('Loop'),
    });
  expect(await hopsOf('stopped')).toEqual(hopsUpTo(CHAIN_INVOCATIONS_MAX));
});

test('moves the message of the rejected invocation to the dead letter queue', async () => {
  const receive = new ReceiveMessageCommand({
    QueueUrl: local.output('QueueFailed'),
    WaitTimeSeconds: 1,
    MessageSystemAttributeNames: ['All'],
  });

  await startChain('QueueLoop', 'dead');

  await expect
    .poll(async () => {
      const { Messages = [] } = await client.send(receive);
      return Messages.map(({ Body = '{}' }) => JSON.parse(Body) as unknown);
    }, WAIT)
    .toContainEqual({ chain: 'dead', hop: CHAIN_INVOCATIONS_MAX + 1, last: HOPS });
});

test('does not stop a function that may loop', async () => {
  await startChain('QueueAllowedLoop', 'allowed');

  await expect.poll(() => hopsOf('allowed'), WAIT).toEqual(hopsUpTo(HOPS));
});

test('stops a function that invokes itself with an error after 16 invocations', async () => {
  expect(await local.invokeFunction('InvokesItself', { last: HOPS })).toEqual({
    runs: CHAIN_INVOCATIONS_MAX,
    error: 'RecursiveInvocationException',
  });
});
