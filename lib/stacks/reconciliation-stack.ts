import { CfnOutput, Duration, Stack, TimeZone } from 'aws-cdk-lib';
import { AttributeType, ProjectionType } from 'aws-cdk-lib/aws-dynamodb';
import { FilterCriteria, FilterRule, RecursiveLoop } from 'aws-cdk-lib/aws-lambda';
import { ScheduleExpression } from 'aws-cdk-lib/aws-scheduler';
import type { Construct } from 'constructs';
import { formatQueues } from '../../lambdas/contracts/dead-letters-api.ts';
import type { Scope } from '../constructs/api/token-issuer.ts';
import { FunctionSchedule } from '../constructs/compute/function-schedule.ts';
import {
  CONSUMER_TIMEOUT,
  HTTP_TIMEOUT,
  ServiceFunction,
  type ServiceFunctionProps,
  WORK_TIMEOUT,
} from '../constructs/compute/service-function.ts';
import { toSetting } from '../constructs/messaging/dead-letter-api.ts';
import { DeadLetterQueue } from '../constructs/messaging/dead-letter-queue.ts';
import { StreamConsumer } from '../constructs/messaging/stream-consumer.ts';
import { WorkQueue } from '../constructs/messaging/work-queue.ts';
import { DeadLetterMonitor } from '../constructs/monitoring/dead-letter-monitor.ts';
import { ReconciliationAlarms } from '../constructs/monitoring/reconciliation-alarms.ts';
import { ContextTable } from '../constructs/storage/context-table.ts';
import type { ContextStackProps } from './shared-stack.ts';

const LIST_INDEX = 'lists';
/** A request to another context takes at most so long: API Gateway waits for 30 seconds. */
const REQUEST_SECONDS_MAX = 30;
/** Requests of a page, one after the other: the page, the other sides, and both again at the second look. */
const PAGE_REQUESTS_MAX = 4;
/** Time to write down what was found. */
const WRITE_SECONDS = 10;
/** No repair is begun after so long, so that it ends within the function's time. */
const REPAIR_START_SECONDS_MAX = WORK_TIMEOUT.toSeconds() - REQUEST_SECONDS_MAX - WRITE_SECONDS;
/** No page is begun after so long, so that it ends within the function's time. */
const PAGE_START_SECONDS_MAX =
  REPAIR_START_SECONDS_MAX - (PAGE_REQUESTS_MAX - 1) * REQUEST_SECONDS_MAX;
const GET = 'dynamodb:GetItem';
const BATCH_GET = 'dynamodb:BatchGetItem';
const PUT = 'dynamodb:PutItem';
const QUERY = 'dynamodb:Query';
const SCAN = 'dynamodb:Scan';
const UPDATE = 'dynamodb:UpdateItem';
const DELETE = 'dynamodb:DeleteItem';

/**
 * Takes stock of the other contexts' books. It reaches them over their service routes only, and has no right to any table but
 * its own. To be made last: it counts the dead letter queues of the whole app.
 */
export class ReconciliationStack extends Stack {
  constructor(scope: Construct, id: string, { config, bundles, shared }: ContextStackProps) {
    super(scope, id, { description: `Stockbook ${config.stage}: reconciliation` });
    const { api, bus, alarms } = shared;
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
    const lists = `${table.tableArn}/index/${LIST_INDEX}`;
    const work = new WorkQueue(this, 'Work', {
      alarms,
      config,
      contents: 'Reconciliation work',
    });
    const environment = {
      RECONCILIATION_TABLE: table.tableName,
      LIST_INDEX,
      WORK_QUEUE_URL: work.queue.queueUrl,
      API_URL: api.url,
      EVENT_BUS: bus.eventBusName,
      SCAN_SEGMENTS: String(config.reconcileSegments),
      PAGE_START_SECONDS_MAX: String(PAGE_START_SECONDS_MAX),
      REPAIR_START_SECONDS_MAX: String(REPAIR_START_SECONDS_MAX),
      AUTO_REPAIR: String(config.autoRepair),
      REPAIR_UNITS_PER_SKU: String(config.repairUnitsPerSku),
      REPAIR_UNITS_PER_RUN: String(config.repairUnitsPerRun),
      COUNT_TOLERANCE_UNITS: String(config.countToleranceUnits),
      COUNT_TOLERANCE_PERCENT: String(config.countTolerancePercent),
    };
    const functionOf = (
      name: string,
      handler: string,
      actions: readonly string[],
      { timeout = HTTP_TIMEOUT, ...more }: Partial<ServiceFunctionProps> = {},
    ) => {
      const serviceFunction = new ServiceFunction(this, name, {
        config,
        bundles,
        handler: `reconciliation/${handler}`,
        environment,
        timeout,
        ...more,
      });
      return actions.length === 0
        ? serviceFunction
        : serviceFunction.allow(table.tableArn, ...actions);
    };
    const route = (
      name: string,
      handler: string,
      path: string,
      access: Scope,
      actions: readonly string[],
    ) => {
      const routed = functionOf(name, handler, actions);
      api.addRoute(this, path, access, routed);
      return routed;
    };
    const calling = (caller: ServiceFunction, ...routes: readonly string[]) =>
      routes.reduce(
        (allowed, path) => allowed.allow(api.executeApiArn(path), 'execute-api:Invoke'),
        caller,
      );
    const sending = (sender: ServiceFunction) =>
      sender.allow(work.queue.queueArn, 'sqs:SendMessage');
    const repairing = (repairer: ServiceFunction) =>
      sending(calling(repairer, 'GET /audit/orders', 'GET /audit/counts', ...REPAIR_ROUTES));

    const start = [GET, PUT, QUERY];
    sending(
      route(
        'StartReconciliation',
        'start-reconciliation',
        'POST /reconciliations',
        'operations',
        start,
      ),
    );
    route(
      'GetReconciliation',
      'get-reconciliation',
      'GET /reconciliations/{reconciliationId}',
      'operations',
      [GET, QUERY],
    );
    route('ListReconciliations', 'list-reconciliations', 'GET /reconciliations', 'operations', [
      BATCH_GET,
      QUERY,
    ]).allow(lists, QUERY);
    route('ListFindings', 'list-findings', 'GET /findings', 'operations', [BATCH_GET]).allow(
      lists,
      QUERY,
    );
    route('GetFinding', 'get-finding', 'GET /findings/{findingId}', 'operations', [GET]);
    repairing(
      route(
        'ApproveFinding',
        'approve-finding',
        'POST /findings/{findingId}/approval',
        'operations',
        [GET, PUT],
      ),
    );
    route(
      'DismissFinding',
      'dismiss-finding',
      'POST /findings/{findingId}/dismissal',
      'operations',
      [GET, PUT],
    );
    calling(
      route('CountStock', 'count-stock', 'POST /stock/{sku}/counts', 'stock.write', [GET, PUT]),
      'GET /audit/counts',
      'POST /repairs/counts',
    );

    const worker = repairing(
      functionOf(
        'ProcessWork',
        'process-work',
        [GET, BATCH_GET, PUT, QUERY, SCAN, UPDATE, DELETE],
        {
          timeout: WORK_TIMEOUT,
          // It sends itself what is left of a part, so that a part of a large table is a long chain of invocations. The chain ends with the part,
          // and at the latest with the run: a run that is older than RUN_SECONDS_MAX fails, and its messages are no longer worked on.
          recursiveLoop: RecursiveLoop.ALLOW,
        },
      ),
    ).allow(lists, QUERY);
    calling(worker, 'GET /audit/cells', 'GET /audit/reservations', 'GET /audit/payments');
    work.addWorker(worker);

    const scheduled = sending(
      functionOf('StartScheduledReconciliation', 'start-scheduled-reconciliation', start, {
        timeout: CONSUMER_TIMEOUT,
      }),
    );
    new FunctionSchedule(this, 'Schedule', {
      expression: ScheduleExpression.expression(
        config.reconcileSchedule,
        TimeZone.of(config.reconcileTimezone),
      ),
      description: 'Reconciliation of all books',
      target: scheduled,
    });
    const watcher = sending(
      functionOf('WatchRuns', 'watch-runs', [GET, BATCH_GET, PUT, QUERY], {
        timeout: CONSUMER_TIMEOUT,
      }),
    ).allow(lists, QUERY);
    new FunctionSchedule(this, 'WatchSchedule', {
      expression: ScheduleExpression.rate(Duration.hours(1)),
      description: 'Metrics of findings and runs',
      target: watcher,
    });
    new StreamConsumer(this, 'EventPublishing', {
      config,
      table,
      alarms,
      consumer: functionOf('PublishEvents', 'publish-events', [], {
        timeout: CONSUMER_TIMEOUT,
      }).allow(bus.eventBusArn, 'events:PutEvents'),
      filters: [streamFilterFor('finding'), streamFilterFor('count')],
    });
    new ReconciliationAlarms(this, 'DriftAlarms', { config, bus, alarms });
    const deadLetters = new DeadLetterMonitor(this, 'DeadLetters', {
      config,
      alarms,
      counter: functionOf('WatchDeadLetters', 'watch-dead-letters', [], {
        timeout: CONSUMER_TIMEOUT,
      }),
    });

    const queues = this.node.root.node
      .findAll()
      .filter((found) => found instanceof DeadLetterQueue);
    const settings = formatQueues(queues.map(toSetting));
    for (const counter of [worker, deadLetters.counter]) {
      counter.addEnvironment('DEAD_LETTER_QUEUES', settings);
      for (const { queueArn } of queues) counter.allow(queueArn, 'sqs:GetQueueAttributes');
    }
    table.denyOtherWriters(config);
    new CfnOutput(this, 'TableReconciliation', { value: table.tableName });
  }
}

const REPAIR_ROUTES = [
  'POST /repairs/cells',
  'POST /repairs/counts',
  'POST /repairs/orders/*',
  'POST /repairs/payments/*',
  'POST /repairs/reservations/*',
];

const streamFilterFor = (type: string) =>
  FilterCriteria.filter({ dynamodb: { NewImage: { type: { S: FilterRule.isEqual(type) } } } });
