import { readFileSync } from 'node:fs';
import * as z from 'zod/mini';
import { multiplyCost, type OrderCost, SERVICES } from './cost.ts';
import { BYTES_PER_GIGABYTE, DEFAULT_TRACED_SHARE, USD } from './prices.ts';
import { sumOf } from './usage.ts';

const countSchema = z._default(z.number(), 0);
const Step = z.strictObject({
  step: z.string(),
  what: z.string(),
  source: z.string(),
  /** Memory of the functions of the step; the mean if they differ. */
  memoryMegabytes: countSchema,
  invocations: countSchema,
  readUnits: countSchema,
  writeUnits: countSchema,
  events: countSchema,
  transitions: countSchema,
  restRequests: countSchema,
  graphqlOperations: countSchema,
  queueRequests: countSchema,
  publishes: countSchema,
  traces: countSchema,
});
const BaselineFile = z.strictObject({
  about: z.string(),
  baselines: z.array(
    z.strictObject({
      name: z.string(),
      repository: z.string(),
      commit: z.string(),
      description: z.string(),
      /** Whether its state machine logs its history. */
      logsAll: z.boolean(),
      steps: z.array(Step),
    }),
  ),
});
export type Baseline = z.infer<typeof BaselineFile>['baselines'][number];

export const readBaselines = (): readonly Baseline[] =>
  BaselineFile.parse(JSON.parse(readFileSync(new URL('./baselines.json', import.meta.url), 'utf8')))
    .baselines;

/** Averages of Stockbook, for values that the code of a baseline does not determine. */
export type OwnAverages = {
  readonly millisecondsPerInvocation: number;
  readonly logBytesPerInvocation: number;
  readonly logBytesPerTransition: number;
};

const MILLION = 1e6;
const MILLISECONDS_PER_SECOND = 1_000;
const MEGABYTES_PER_GIGABYTE = 1_024;

const COUNT_NAMES = [
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

/** Returns the counts for one order. */
export const countsOf = ({ steps }: Baseline): Record<(typeof COUNT_NAMES)[number], number> =>
  Object.fromEntries(
    COUNT_NAMES.map((name) => [name, sumOf(steps, (step) => step[name])]),
  ) as Record<(typeof COUNT_NAMES)[number], number>;

/** Returns the cost of a million orders. */
export function costOfBaseline(peer: Baseline, ours: OwnAverages): OrderCost {
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
  const usd: Partial<OrderCost> = {
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
  return multiplyCost({ ...ZERO_COST, ...usd }, MILLION);
}

const ZERO_COST = Object.fromEntries(SERVICES.map((service) => [service, 0])) as OrderCost;
