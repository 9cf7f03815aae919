import { SQSClient } from '@aws-sdk/client-sqs';
import { systemClock } from '../shared/core/clock.ts';
import { required, requiredCount } from '../shared/core/environment.ts';
import { documentClient } from '../shared/dynamodb/document-client.ts';
import { storedItemsOf } from '../shared/dynamodb/stored-item.ts';
import { deadLettersAt } from '../shared/events/dead-letter.ts';
import { signedClient } from '../shared/http/signed-client.ts';
import { embeddedMetrics } from '../shared/observability/metrics.ts';
import { DynamoCountStore, DynamoFindingStore } from './adapters/dynamo-finding-store.ts';
import { DynamoRunStore } from './adapters/dynamo-run-store.ts';
import { HttpAudits } from './adapters/http-audits.ts';
import { HttpOwners } from './adapters/http-owners.ts';
import { pauses } from './adapters/pauses.ts';
import { queuesFrom, SqsDeadLetterQueues, SqsWorkQueue } from './adapters/sqs-queues.ts';

export { eventsOfItems } from './adapters/reconciliation-records.ts';

const { env } = process;
const client = documentClient();
const sqs = new SQSClient({});
const table = () => ({
  name: required(env, 'RECONCILIATION_TABLE'),
  listIndex: required(env, 'LIST_INDEX'),
});

/** API Gateway answers within 30 seconds, and a page of an audit takes seconds. */
const AUDIT_TIMEOUT_MILLISECONDS = 30_000;
/** A request of a person waits for the answer. */
const REQUEST_TIMEOUT_MILLISECONDS = 8_000;

const signed = (timeoutMilliseconds: number) =>
  signedClient(env, { url: required(env, 'API_URL'), timeoutMilliseconds, service: 'the API' });

export const findingStore = () => new DynamoFindingStore(client, table());
export const runStore = () => new DynamoRunStore(client, table());
export const workQueue = () => new SqsWorkQueue(sqs, required(env, 'WORK_QUEUE_URL'));
export const deadLetterQueues = () =>
  new SqsDeadLetterQueues(
    sqs,
    queuesFrom(required(env, 'DEAD_LETTERS'), required(env, 'WORK_QUEUE_URL')),
  );
export const metrics = () => embeddedMetrics(required(env, 'STAGE'), systemClock);
export const segments = () => requiredCount(env, 'SEGMENTS');
export const eventBusName = () => required(env, 'EVENT_BUS');
/** Queue of the changes that a consumer of the table's stream gives up. */
export const deadLetters = () => deadLettersAt(required(env, 'DEAD_LETTERS_URL'));
/** Reads an item of the table as it is stored now. */
export const storedItem = () => storedItemsOf(client, table().name);

const ports = (timeoutMilliseconds: number) => {
  const api = signed(timeoutMilliseconds);
  return {
    findings: findingStore(),
    counts: new DynamoCountStore(client, table().name),
    owners: new HttpOwners(api),
    audits: new HttpAudits(api),
    queue: workQueue(),
  };
};
export const repairPorts = () => ports(REQUEST_TIMEOUT_MILLISECONDS);
export const runPorts = () => ({
  ...ports(AUDIT_TIMEOUT_MILLISECONDS),
  runs: runStore(),
  records: runStore(),
  queues: deadLetterQueues(),
  pauses,
  gauges: metrics(),
});

export const repairPolicy = () =>
  ({
    mode: required(env, 'REPAIRS') === 'auto' ? 'auto' : 'alert',
    unitsPerSkuMax: Number(required(env, 'REPAIR_UNITS_PER_SKU')),
    unitsPerRunMax: Number(required(env, 'REPAIR_UNITS_PER_RUN')),
  }) as const;
export const countTolerance = () => ({
  units: Number(required(env, 'COUNT_TOLERANCE_UNITS')),
  percent: Number(required(env, 'COUNT_TOLERANCE_PERCENT')),
});
export const workSeconds = () => requiredCount(env, 'WORK_SECONDS');
export const repairSeconds = () => requiredCount(env, 'REPAIR_SECONDS');
