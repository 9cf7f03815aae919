import { CRASH_ERROR_TYPE, type Invocation } from './functions/invocation.ts';

export type Service =
  | 'dynamodb'
  | 'streams'
  | 'events'
  | 'states'
  | 'sqs'
  | 'logs'
  | 'lambda'
  | 'http'
  | 'provider';

/** A call from a function to a service. Retries of the SDK are further attempts of one call. */
export type Call = {
  readonly invocation: Invocation;
  readonly service: Service;
  /** `PutItem`, or the method and the route. */
  readonly operation: string;
  /** Position among the calls of its invocation, from 0. */
  readonly index: number;
  /** Attempt of the SDK, from 1. */
  readonly attempt: number;
  /** Lines in lambdas/ that made the call, `file:line`, innermost first. Empty unless recorded. */
  readonly callSites: readonly string[];
  readonly request: unknown;
};

export type ServiceResponse = {
  readonly status: number;
  readonly body: unknown;
  readonly headers?: Readonly<Record<string, string>>;
};

/**
 * Faults of a call.
 *
 * - `crashBefore`, `crashAfter`: the function crashes before or after the call.
 * - `lostResponse`: the call is performed, but its first response is lost, so the SDK retries.
 * - `lostResponseAlways`: the same for every attempt.
 * - `timeout`, `timeoutAlways`: the call is not performed, and there is no response.
 * - `throttle`, `throttleAlways`: the service rejects the call because of too many requests.
 * - `conflict`: another transaction is changing the item.
 * - `partialBatch`: only a part of a batch is performed.
 */
export const FAULTS = [
  'crashBefore',
  'crashAfter',
  'lostResponse',
  'lostResponseAlways',
  'timeout',
  'timeoutAlways',
  'throttle',
  'throttleAlways',
  'conflict',
  'partialBatch',
] as const;
export type Fault = (typeof FAULTS)[number];

/** Decides the fault and the duration of each call. */
export type FaultPlan = {
  /** Called for each attempt; must return the same fault for all attempts of a call. */
  readonly faultOf: (call: Call) => Fault | undefined;
  /** Returns the milliseconds that the request and the response take. */
  readonly delays: (call: Call) => readonly [request: number, response: number];
  /** Delays a call until its turn. */
  readonly waitForTurn?: (call: Call) => Promise<void>;
};

/** A provider's client does not retry, so it has no faults of repeated attempts. */
const PROVIDER_FAULTS: readonly Fault[] = ['crashBefore', 'crashAfter', 'lostResponse', 'timeout'];
const BATCH_OPERATIONS = [
  'BatchGetItem',
  'PutEvents',
  'SendMessageBatch',
  'ChangeMessageVisibilityBatch',
];
const CONFLICTING_OPERATIONS = ['TransactWriteItems', 'PutItem', 'UpdateItem', 'DeleteItem'];

/** Returns true if a call to this operation of the service can have the fault. */
export function isFaultApplicable(
  fault: Fault,
  { service, operation }: Pick<Call, 'service' | 'operation'>,
): boolean {
  if (service === 'provider') return PROVIDER_FAULTS.includes(fault);
  if (fault === 'partialBatch') return BATCH_OPERATIONS.includes(operation);
  if (fault === 'conflict')
    return service === 'dynamodb' && CONFLICTING_OPERATIONS.includes(operation);
  return true;
}

/**
 * Returns a new promise that never settles. A shared one would keep everything that waits for it
 * in memory.
 */
export const neverSettle = (): Promise<never> => new Promise(() => undefined);

class ResponseTimeout extends Error {
  override readonly name = 'TimeoutError';
}

export type CallOptions = {
  readonly faultPlan: FaultPlan;
  readonly wait: (milliseconds: number) => Promise<void>;
  /** Called for each attempt with its fault. */
  readonly onAttempt: (call: Call, fault: Fault | undefined) => void;
};

/** Performs a call with its fault. Never returns to a terminated function. */
export async function performCall(
  call: Call,
  perform: () => Promise<ServiceResponse>,
  options: CallOptions,
): Promise<ServiceResponse> {
  const { invocation } = call;
  if (invocation.isTerminated) return neverSettle();
  const planned = options.faultPlan.faultOf(call);
  const fault = planned !== undefined && isFaultApplicable(planned, call) ? planned : undefined;
  const isFirst = call.attempt === 1;
  options.onAttempt(call, fault);
  const [requestDelay, responseDelay] = options.faultPlan.delays(call);
  if (requestDelay > 0) await options.wait(requestDelay);
  await options.faultPlan.waitForTurn?.(call);
  if (invocation.isTerminated) return neverSettle();

  if (fault === 'crashBefore') {
    invocation.terminate(CRASH_ERROR_TYPE);
    return neverSettle();
  }
  if (fault === 'timeoutAlways' || (fault === 'timeout' && isFirst))
    throw new ResponseTimeout('no response in time');
  if (fault === 'throttleAlways' || (fault === 'throttle' && isFirst))
    return throttlingResponse(call);
  if (fault === 'conflict' && isFirst) return conflictResponse(call);

  const response = await perform();
  if (responseDelay > 0) await options.wait(responseDelay);
  if (fault === 'crashAfter') {
    invocation.terminate(CRASH_ERROR_TYPE);
    return neverSettle();
  }
  if (invocation.isTerminated) return neverSettle();
  if (fault === 'lostResponseAlways' || (fault === 'lostResponse' && isFirst))
    throw new ResponseTimeout('the response was lost');
  return response;
}

const errorResponse = (
  type: string,
  message: string,
  fields: object = {},
  status = 400,
): ServiceResponse => ({
  status,
  body: { __type: type, message, ...fields },
});

/** Returns the throttling error of the called service. */
function throttlingResponse({ service }: Call): ServiceResponse {
  switch (service) {
    case 'dynamodb':
      return errorResponse(
        'com.amazonaws.dynamodb.v20120810#ThrottlingException',
        'Throughput exceeds the current capacity',
      );
    case 'http':
      return { status: 503, body: { message: 'Service Unavailable' } };
    default:
      return errorResponse('ThrottlingException', 'Rate exceeded');
  }
}

/**
 * Returns the error of a write that conflicts with another transaction.
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/transaction-apis.html#transaction-conflict-handling
 */
export function conflictResponse({
  operation,
  request,
}: Pick<Call, 'operation' | 'request'>): ServiceResponse {
  if (operation !== 'TransactWriteItems') {
    return errorResponse(
      'com.amazonaws.dynamodb.v20120810#TransactionConflictException',
      'Transaction is ongoing for the item',
    );
  }
  const actions = (request as { readonly TransactItems: readonly unknown[] }).TransactItems;
  const reasons = actions.map((_, index) =>
    index === actions.length - 1
      ? { Code: 'TransactionConflict', Message: 'Transaction is ongoing for the item' }
      : { Code: 'None' },
  );
  return errorResponse(
    'com.amazonaws.dynamodb.v20120810#TransactionCanceledException',
    `Transaction cancelled, please refer cancellation reasons for specific reasons [${reasons.map(({ Code }) => Code).join(', ')}]`,
    { CancellationReasons: reasons },
  );
}

/** No faults and no delays. */
export const noFaults: FaultPlan = { faultOf: () => undefined, delays: () => [0, 0] };
