import { readFileSync } from 'node:fs';
import * as z from 'zod/mini';
import { type Bill, SERVICES, timesBill } from './bill.ts';
import { BYTES_PER_GIGABYTE, DEFAULT_TRACED_SHARE, USD } from './prices.ts';
import { sumOf } from './tally.ts';

const count = z._default(z.number(), 0);
const Step = z.strictObject({
  step: z.string(),
  what: z.string(),
  source: z.string(),
  /** Of its functions; the mean where they differ. */
  memoryMegabytes: count,
  invocations: count,
  readUnits: count,
  writeUnits: count,
  events: count,
  transitions: count,
  restRequests: count,
  graphqlOperations: count,
  queueRequests: count,
  publishes: count,
  traces: count,
});
const Peers = z.strictObject({
  about: z.string(),
  peers: z.array(
    z.strictObject({
      name: z.string(),
      repository: z.string(),
      commit: z.string(),
      says: z.string(),
      /** Whether its state machine logs its history. */
      logsAll: z.boolean(),
      steps: z.array(Step),
    }),
  ),
});
export type Peer = z.infer<typeof Peers>['peers'][number];

export const readPeers = (): readonly Peer[] =>
  Peers.parse(JSON.parse(readFileSync(new URL('./peers.json', import.meta.url), 'utf8'))).peers;

/** What no code of theirs says is taken to be as ours. */
export type Ours = {
  readonly millisecondsPerInvocation: number;
  readonly logBytesPerInvocation: number;
  readonly logBytesPerTransition: number;
};

const MILLION = 1e6;
const MILLISECONDS_PER_SECOND = 1_000;
const MEGABYTES_PER_GIGABYTE = 1_024;

const COUNTS = [
  'invocations',
  'readUnits',
  'writeUnits',
  'events',
  'transitions',
  'restRequests',
  'graphqlOperations',
  'queueRequests',
  'publishes',
  'traces',
] as const;

/** How many of each for one order. */
export const countsOf = ({ steps }: Peer): Record<(typeof COUNTS)[number], number> =>
  Object.fromEntries(COUNTS.map((name) => [name, sumOf(steps, (step) => step[name])])) as Record<
    (typeof COUNTS)[number],
    number
  >;

/** What a million of its orders cost. */
export function billOfPeer(peer: Peer, ours: Ours): Bill {
  const counts = countsOf(peer);
  const gigabyteSeconds = sumOf(
    peer.steps,
    ({ invocations, memoryMegabytes }) =>
      ((invocations * Math.ceil(ours.millisecondsPerInvocation)) / MILLISECONDS_PER_SECOND) *
      (memoryMegabytes / MEGABYTES_PER_GIGABYTE),
  );
  const logBytes =
    counts.invocations * ours.logBytesPerInvocation +
    (peer.logsAll ? counts.transitions * ours.logBytesPerTransition : 0);
  const usd: Partial<Bill> = {
    'Step Functions': counts.transitions * USD.perTransition,
    'DynamoDB writes': counts.writeUnits * USD.perWriteUnit,
    'DynamoDB reads': counts.readUnits * USD.perReadUnit,
    EventBridge: counts.events * USD.perEvent,
    HTTP:
      counts.restRequests * USD.perRestRequest + counts.graphqlOperations * USD.perGraphqlOperation,
    'Lambda requests': counts.invocations * USD.perInvocation,
    'Lambda time': gigabyteSeconds * USD.perGigabyteSecond,
    'SQS and SNS': counts.queueRequests * USD.perQueueRequest + counts.publishes * USD.perPublish,
    logs: (logBytes / BYTES_PER_GIGABYTE) * USD.perLogGigabyte,
    'X-Ray': counts.traces * DEFAULT_TRACED_SHARE * USD.perTrace,
  };
  return timesBill({ ...nothing, ...usd }, MILLION);
}

const nothing = Object.fromEntries(SERVICES.map((service) => [service, 0])) as Bill;
