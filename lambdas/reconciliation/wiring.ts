import { SQSClient } from '@aws-sdk/client-sqs';
import { systemClock } from '../shared/core/clock.ts';
import { requireCount, requireVariable } from '../shared/core/environment.ts';
import { createDocumentClient } from '../shared/dynamodb/document-client.ts';
import { createItemReader } from '../shared/dynamodb/stored-item.ts';
import { Table } from '../shared/dynamodb/table.ts';
import { createDeadLetterSender } from '../shared/events/rejected-change.ts';
import { createSignedClient } from '../shared/http/signed-client.ts';
import { createMetrics } from '../shared/observability/metrics.ts';
import { DynamoCountStore, DynamoFindingStore } from './adapters/dynamo-finding-store.ts';
import { DynamoRunStore } from './adapters/dynamo-run-store.ts';
import { HttpAuditClient } from './adapters/http-audit-client.ts';
import { HttpRepairClient } from './adapters/http-repair-client.ts';
import { withoutOrders } from './adapters/inventory-audits.ts';
import { parseMonitoredQueues, SqsDeadLetterQueues, SqsWorkQueue } from './adapters/sqs-queues.ts';
import { timerDelay } from './adapters/timer-delay.ts';

export { eventsOfItems } from './adapters/reconciliation-records.ts';

const { env } = process;
const client = createDocumentClient();
const sqs = new SQSClient({});
const table = () => new Table(client, requireVariable(env, 'RECONCILIATION_TABLE'));
const listIndex = () => requireVariable(env, 'LIST_INDEX');

/** API Gateway responds within 30 seconds, and a page of an audit takes seconds. */
const AUDIT_TIMEOUT_MILLISECONDS = 30_000;
/** Shorter than the timeout of an HTTP function, because a person waits for the response. */
const REQUEST_TIMEOUT_MILLISECONDS = 8_000;

const createApiClient = (timeoutMilliseconds: number) =>
  createSignedClient(env, {
    url: requireVariable(env, 'API_URL'),
    timeoutMilliseconds,
    serviceName: 'the API',
  });

export const findingStore = () => new DynamoFindingStore(table(), listIndex());
export const runStore = () => new DynamoRunStore(table(), listIndex(), systemClock);
export const workQueue = () => new SqsWorkQueue(sqs, requireVariable(env, 'WORK_QUEUE_URL'));
export const deadLetterQueues = () =>
  new SqsDeadLetterQueues(
    sqs,
    parseMonitoredQueues(
      requireVariable(env, 'DEAD_LETTER_QUEUES'),
      requireVariable(env, 'WORK_QUEUE_URL'),
    ),
  );
export const metrics = () => createMetrics(requireVariable(env, 'STAGE'), systemClock);
export const segments = () => requireCount(env, 'SCAN_SEGMENTS');
export const eventBusName = () => requireVariable(env, 'EVENT_BUS');
/** Sends rejected changes of the table's stream to their dead-letter queue. */
export const deadLetterSender = () =>
  createDeadLetterSender(requireVariable(env, 'STREAM_DLQ_URL'));
/** Reads the current item of a stream change. */
export const itemReader = () => createItemReader(client, table().name);

const createPorts = (timeoutMilliseconds: number) => {
  const api = createApiClient(timeoutMilliseconds);
  const audits = new HttpAuditClient(api);
  const hasOrders = requireVariable(env, 'ORDERS') === 'true';
  return {
    findings: findingStore(),
    counts: new DynamoCountStore(table()),
    repairs: new HttpRepairClient(api),
    audits: hasOrders ? audits : withoutOrders(audits),
    queue: workQueue(),
  };
};
export const repairPorts = () => createPorts(REQUEST_TIMEOUT_MILLISECONDS);
export const runPorts = () => ({
  ...createPorts(AUDIT_TIMEOUT_MILLISECONDS),
  runs: runStore(),
  records: runStore(),
  queues: deadLetterQueues(),
  delay: timerDelay,
  metrics: metrics(),
});

export const repairPolicy = () =>
  ({
    isAutomatic: requireVariable(env, 'AUTO_REPAIR') === 'true',
    unitsPerSkuMax: Number(requireVariable(env, 'REPAIR_UNITS_PER_SKU')),
    unitsPerRunMax: Number(requireVariable(env, 'REPAIR_UNITS_PER_RUN')),
  }) as const;
export const countTolerance = () => ({
  units: Number(requireVariable(env, 'COUNT_TOLERANCE_UNITS')),
  percent: Number(requireVariable(env, 'COUNT_TOLERANCE_PERCENT')),
});
export const pageStartSeconds = () => requireCount(env, 'PAGE_START_SECONDS_MAX');
export const repairStartSeconds = () => requireCount(env, 'REPAIR_START_SECONDS_MAX');
