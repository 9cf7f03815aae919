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

/** A call that a function makes to something outside of itself. The SDK's own repeats of it are further attempts. */
export type Call = {
  readonly invocation: Invocation;
  readonly service: Service;
  /** `PutItem`, or the method and the route. */
  readonly operation: string;
  /** Which call of its invocation it is, from 0. */
  readonly index: number;
  /** Of the SDK, from 1. */
  readonly attempt: number;
  /** The places in lambdas/ that the call was made from, `file:line`, the innermost first; empty unless they are recorded. */
  readonly callSites: readonly string[];
  readonly request: unknown;
};

export type ServiceResponse = {
  readonly status: number;
  readonly body: unknown;
  readonly headers?: Readonly<Record<string, string>>;
};

/**
 * What may go wrong with a call. `crashBefore`, `crashAfter`: its function dies there. `lostResponse`: done, but the answer is
 * lost once, so that the SDK asks again. `lostResponseAlways`: so with each attempt. `timeout`, `timeoutAlways`: not done, no answer.
 * `throttle`, `throttleAlways`: refused as too much. `conflict`: another transaction was in the way. `partialBatch`: of a batch, a
 * part was done.
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

/** Who decides what goes wrong, and how long things take. */
export type FaultPlan = {
  /** Asked once for each attempt; the same answer for each attempt of a call. */
  readonly faultOf: (call: Call) => Fault | undefined;
  /** Milliseconds to the service, and back. */
  readonly delays: (call: Call) => readonly [there: number, back: number];
  /** Holds a call back until it is its turn. */
  readonly waitForTurn?: (call: Call) => Promise<void>;
};

/** A provider's client does not ask again by itself. */
const PROVIDER_FAULTS: readonly Fault[] = ['crashBefore', 'crashAfter', 'lostResponse', 'timeout'];
const BATCH_OPERATIONS = [
  'BatchGetItem',
  'PutEvents',
  'SendMessageBatch',
  'ChangeMessageVisibilityBatch',
];
const CONFLICTING_OPERATIONS = ['TransactWriteItems', 'PutItem', 'UpdateItem', 'DeleteItem'];

/** A fault of the network is one that a client of HTTP or of the SDK meets; the rest is what a service answers. */
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

/** One for each who waits: whatever waits for a promise is kept as long as the promise is. */
export const neverSettle = (): Promise<never> => new Promise(() => undefined);

class ResponseTimeout extends Error {
  override readonly name = 'TimeoutError';
}

export type CallOptions = {
  readonly faultPlan: FaultPlan;
  readonly wait: (milliseconds: number) => Promise<void>;
  /** Told of each attempt, and of what went wrong with it. */
  readonly onAttempt: (call: Call, fault: Fault | undefined) => void;
};

/** Makes a call, or what its fault leaves of it. Never comes back to a function that is dead. */
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
    throw new ResponseTimeout('no answer in time');
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
    throw new ResponseTimeout('the answer was lost');
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

/** As each service says that it is too much. */
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

/** https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/transaction-apis.html#transaction-conflict-handling */
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

/** Nothing goes wrong, and nothing takes time. */
export const noFaults: FaultPlan = { faultOf: () => undefined, delays: () => [0, 0] };
