import { CfnOutput, Duration, Stack, TimeZone } from 'aws-cdk-lib';
import { AttributeType, ProjectionType } from 'aws-cdk-lib/aws-dynamodb';
import { RecursiveLoop } from 'aws-cdk-lib/aws-lambda';
import { ScheduleExpression } from 'aws-cdk-lib/aws-scheduler';
import type { Construct } from 'constructs';
import { formatQueues } from '../../lambdas/contracts/api/dead-letters.ts';
import type { RouteKey } from '../../lambdas/contracts/routes.ts';
import type { Config } from '../config.ts';
import { ContextFunctions } from '../constructs/compute/context-functions.ts';
import { type ServiceFunction, WORK_TIMEOUT } from '../constructs/compute/service-function.ts';
import { toSetting } from '../constructs/messaging/dead-letter-api.ts';
import type { DeadLetterQueue } from '../constructs/messaging/dead-letter-queue.ts';
import { WorkQueue } from '../constructs/messaging/work-queue.ts';
import { DeadLetterMonitor } from '../constructs/monitoring/dead-letter-monitor.ts';
import { ReconciliationAlarms } from '../constructs/monitoring/reconciliation-alarms.ts';
import { ContextTable } from '../constructs/storage/context-table.ts';
import type { ContextStackProps } from './shared-stack.ts';

const LIST_INDEX = 'lists';
/** Maximum time of a request to another context. API Gateway waits for 30 seconds. */
const REQUEST_SECONDS_MAX = 30;
/**
 * Consecutive requests of a page: the page, the records of the other contexts, and both again to
 * confirm a difference.
 */
const PAGE_REQUESTS_MAX = 4;
/** Time to write the findings. */
const WRITE_SECONDS = 10;
/** Time after which no repair starts, so that it ends within the function's timeout. */
const REPAIR_START_SECONDS_MAX = WORK_TIMEOUT.toSeconds() - REQUEST_SECONDS_MAX - WRITE_SECONDS;
/** Time after which no page starts, so that it ends within the function's timeout. */
const PAGE_START_SECONDS_MAX =
  REPAIR_START_SECONDS_MAX - (PAGE_REQUESTS_MAX - 1) * REQUEST_SECONDS_MAX;
const GET = 'dynamodb:GetItem';
const BATCH_GET = 'dynamodb:BatchGetItem';
const PUT = 'dynamodb:PutItem';
const QUERY = 'dynamodb:Query';
const SCAN = 'dynamodb:Scan';
const UPDATE = 'dynamodb:UpdateItem';
const DELETE = 'dynamodb:DeleteItem';

/** Routes that a repair needs to read the records again and to change them. */
const REPAIR_ROUTES = [
  'auditOrders',
  'getCountBasis',
  'repairCell',
  'postCount',
  'repairOrder',
  'repairPayment',
  'repairReservation',
] as const satisfies readonly RouteKey[];

type ReconciliationStackProps = ContextStackProps & {
  /** Dead-letter queues of the other stacks. */
  readonly deadLetterQueues: readonly DeadLetterQueue[];
};

/**
 * Reconciles the records of the other contexts. It calls their service routes, and has no
 * permission for any table but its own. It counts the messages of every dead-letter queue of the
 * app.
 */
export class ReconciliationStack extends Stack {
  /** Every dead-letter queue of the app: those of the other stacks, and of this one. */
  readonly deadLetterQueues: readonly DeadLetterQueue[];

  constructor(
    scope: Construct,
    id: string,
    { config, bundles, shared, deadLetterQueues }: ReconciliationStackProps,
  ) {
    super(scope, id, { description: `Stockbook ${config.stage}: reconciliation` });
    const { bus, alarms } = shared;
    const table = new ContextTable(this, 'Reconciliation', {
      config,
      alarms,
      indexes: [
        {
          indexName: LIST_INDEX,
          partitionKey: { name: 'list', type: AttributeType.STRING },
          sortKey: { name: 'listedAt', type: AttributeType.STRING },
          projectionType: ProjectionType.KEYS_ONLY,
        },
      ],
    });
    const work = new WorkQueue(this, 'Work', { alarms, config, contents: 'Reconciliation work' });
    const functions = new ContextFunctions(this, {
      config,
      bundles,
      shared,
      context: 'reconciliation',
      table,
      environment: {
        RECONCILIATION_TABLE: table.tableName,
        LIST_INDEX,
        WORK_QUEUE_URL: work.queue.queueUrl,
        API_URL: shared.api.url,
        EVENT_BUS: bus.eventBusName,
        ORDERS: String(config.orders),
        ...policyVariables(config),
      },
    });
    const listIndexArn = `${table.tableArn}/index/${LIST_INDEX}`;
    addRunRoutes(functions, work, listIndexArn);
    addFindingRoutes(functions, work, listIndexArn);
    const worker = addWorker(functions, work, listIndexArn);
    addSchedules(functions, work, listIndexArn, config);
    functions.publishEvents(['finding', 'count']);
    const driftAlarms = new ReconciliationAlarms(this, 'DriftAlarms', { config, bus, alarms });
    const counter = functions.function('watch-dead-letters');
    const monitor = new DeadLetterMonitor(this, 'DeadLetters', { config, alarms, counter });

    this.deadLetterQueues = [
      ...deadLetterQueues,
      work.deadLetterQueue,
      ...functions.deadLetterQueues,
      driftAlarms.deadLetterQueue,
      monitor.deadLetterQueue,
    ];
    for (const reader of [worker, counter]) allowCount(reader, this.deadLetterQueues);
    table.denyOtherWriters(functions.functions, config);
    new CfnOutput(this, 'TableReconciliation', { value: table.tableName });
  }
}

const policyVariables = (config: Config) => ({
  SCAN_SEGMENTS: String(config.reconcileSegments),
  PAGE_START_SECONDS_MAX: String(PAGE_START_SECONDS_MAX),
  REPAIR_START_SECONDS_MAX: String(REPAIR_START_SECONDS_MAX),
  AUTO_REPAIR: String(config.autoRepair),
  REPAIR_UNITS_PER_SKU: String(config.repairUnitsPerSku),
  REPAIR_UNITS_PER_RUN: String(config.repairUnitsPerRun),
  COUNT_TOLERANCE_UNITS: String(config.countToleranceUnits),
  COUNT_TOLERANCE_PERCENT: String(config.countTolerancePercent),
});

function addRunRoutes(functions: ContextFunctions, work: WorkQueue, listIndexArn: string): void {
  work.allowSend(functions.http('startReconciliation', { actions: [GET, PUT, QUERY] }));
  functions.http('getReconciliation', { actions: [GET, QUERY] });
  functions.http('listReconciliations', { actions: [BATCH_GET, QUERY] }).allow(listIndexArn, QUERY);
}

function addFindingRoutes(
  functions: ContextFunctions,
  work: WorkQueue,
  listIndexArn: string,
): void {
  functions.http('listFindings', { actions: [BATCH_GET] }).allow(listIndexArn, QUERY);
  functions.http('getFinding', { actions: [GET] });
  work.allowSend(functions.http('approveFinding', { actions: [GET, PUT], calls: REPAIR_ROUTES }));
  functions.http('dismissFinding', { actions: [GET, PUT] });
  functions.http('countStock', { actions: [GET, PUT], calls: ['getCountBasis', 'postCount'] });
}

function addWorker(
  functions: ContextFunctions,
  work: WorkQueue,
  listIndexArn: string,
): ServiceFunction {
  const worker = functions.function('process-work', {
    actions: [GET, BATCH_GET, PUT, QUERY, SCAN, UPDATE, DELETE],
    calls: [...REPAIR_ROUTES, 'auditCells', 'auditReservations', 'auditPayments'],
    timeout: WORK_TIMEOUT,
    // The worker sends the rest of a segment to itself, so a segment of a large table is a long
    // chain of invocations. The chain ends with the segment, and at the latest with the run: a run
    // that is older than RUN_SECONDS_MAX fails, and its messages are ignored.
    recursiveLoop: RecursiveLoop.ALLOW,
  });
  work.allowSend(worker).allow(listIndexArn, QUERY);
  work.addWorker(worker);
  return worker;
}

function addSchedules(
  functions: ContextFunctions,
  work: WorkQueue,
  listIndexArn: string,
  { reconcileSchedule, reconcileTimezone }: Config,
): void {
  work.allowSend(
    functions.schedule('Schedule', 'start-scheduled-reconciliation', {
      expression: ScheduleExpression.expression(reconcileSchedule, TimeZone.of(reconcileTimezone)),
      description: 'Reconciliation of all books',
      actions: [GET, PUT, QUERY],
    }),
  );
  work
    .allowSend(
      functions.schedule('WatchSchedule', 'watch-runs', {
        expression: ScheduleExpression.rate(Duration.hours(1)),
        description: 'Metrics of findings and runs',
        actions: [GET, BATCH_GET, PUT, QUERY],
      }),
    )
    .allow(listIndexArn, QUERY);
}

/**
 * Allows a function to count the messages of the queues, and names the queues in its environment.
 */
function allowCount(reader: ServiceFunction, queues: readonly DeadLetterQueue[]): void {
  reader.addEnvironment('DEAD_LETTER_QUEUES', formatQueues(queues.map(toSetting)));
  for (const { queueArn } of queues) reader.allow(queueArn, 'sqs:GetQueueAttributes');
}
