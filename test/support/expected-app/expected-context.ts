import type { RouteKey } from '../../../lambdas/contracts/routes.ts';

/** Actions that a function may perform, by resource: sorted, separated by spaces. */
export type Grants = Readonly<Record<string, string>>;

/**
 * Status of the response to each caller that may call a route, for a harmless request about things
 * that do not exist.
 */
export type ResponseStatuses = {
  readonly customer?: number;
  readonly other?: number;
  readonly staff?: number;
  readonly service?: number;
  /** Status for every caller of a route without an authorizer. */
  readonly open?: number;
  /** For a route that would reject an empty body before it checks who owns the order. */
  readonly body?: object;
};

/** Expected parts of one context. Names are `<stack>/<id in the stack>`. */
export type ExpectedContext = {
  /**
   * Access of each route: a scope, or `service`, `public`, `provider`, `storefront`; and its
   * function.
   */
  readonly routes: Readonly<Record<string, readonly [access: string, handler: string]>>;
  /** Statuses by the key of the route, for the requests of test/e2e/authorization.test.ts. */
  readonly responses: Readonly<Partial<Record<RouteKey, ResponseStatuses>>>;
  /** Permissions of each function beyond logs and traces. */
  readonly functions: Readonly<Record<string, Grants>>;
  /** Rules of the bus with a queue: the events that they pass on, and their consumer. */
  readonly subscriptions: readonly Subscription[];
  /** Consumers of the tables' streams, and the types of the records whose changes they receive. */
  readonly streams: readonly Stream[];
};
type Subscription = {
  readonly rule: string;
  readonly source: string;
  readonly events: readonly string[];
  readonly consumer: string;
};
type Stream = {
  readonly consumer: string;
  readonly table: string;
  readonly types: readonly string[];
};

export const READ = 'dynamodb:GetItem';
export const SAVE = 'dynamodb:GetItem dynamodb:PutItem';
export const FROM_QUEUE =
  'sqs:ChangeMessageVisibility sqs:DeleteMessage sqs:GetQueueAttributes sqs:GetQueueUrl sqs:ReceiveMessage';
export const FROM_STREAM =
  'dynamodb:DescribeStream dynamodb:GetRecords dynamodb:GetShardIterator dynamodb:ListStreams';
export const TO_DLQ = 'sqs:GetQueueAttributes sqs:GetQueueUrl sqs:SendMessage';
export const LOGS = 'logs:CreateLogStream logs:PutLogEvents';
export const TRACES = 'xray:PutTelemetryRecords xray:PutTraceSegments';
export const SEND_TASK_RESULT = 'states:SendTaskFailure states:SendTaskSuccess';
export const publisherGrants = (table: string): Grants => ({
  'shared/Bus': 'events:PutEvents',
  [table]: 'dynamodb:GetItem',
  [`${table}.StreamArn`]: FROM_STREAM,
  [`${table.split('/')[0]}/EventPublishing/Failed`]: TO_DLQ,
});
export const routeGrant = (route: string): Grants => ({
  [`arn:<Partition>:execute-api:<Region>:<AccountId>:shared/Http/Api/$default/${route}`]:
    'execute-api:Invoke',
});
