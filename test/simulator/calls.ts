import { CRASHED, type Invocation } from './functions/invocation.ts';

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
  readonly place: number;
  /** Of the SDK, from 1. */
  readonly attempt: number;
  /** The places in lambdas/ that the call was made from, `file:line`, the innermost first; empty unless they are recorded. */
  readonly sites: readonly string[];
  readonly request: unknown;
};

export type Answer = {
  readonly status: number;
  readonly body: unknown;
  readonly headers?: Readonly<Record<string, string>>;
};

/**
 * What may go wrong with a call. `crashBefore`, `crashAfter`: its function dies there. `lostResponse`: done, but the answer is
 * lost once, so that the SDK asks again. `lostForGood`: so with each attempt. `timeout`, `timeoutForGood`: not done, no answer.
 * `throttle`, `throttleForGood`: refused as too much. `conflict`: another transaction was in the way. `partial`: of a batch, a
 * part was done.
 */
export const FAULTS = [
  'crashBefore',
  'crashAfter',
  'lostResponse',
  'lostForGood',
  'timeout',
  'timeoutForGood',
  'throttle',
  'throttleForGood',
  'conflict',
  'partial',
] as const;
export type Fault = (typeof FAULTS)[number];

/** Who decides what goes wrong, and how long things take. */
export type Trouble = {
  /** Asked once for each attempt; the same answer for each attempt of a call. */
  readonly faultOf: (call: Call) => Fault | undefined;
  /** Milliseconds to the service, and back. */
  readonly delays: (call: Call) => readonly [there: number, back: number];
  /** Holds a call back until it is its turn. */
  readonly turn?: (call: Call) => Promise<void>;
};

/** A provider's client does not ask again by itself. */
const PROVIDER_FAULTS: readonly Fault[] = ['crashBefore', 'crashAfter', 'lostResponse', 'timeout'];
const BATCHES = ['BatchGetItem', 'PutEvents', 'SendMessageBatch', 'ChangeMessageVisibilityBatch'];
const TRANSACTIONAL = ['TransactWriteItems', 'PutItem', 'UpdateItem', 'DeleteItem'];

/** A fault of the network is one that a client of HTTP or of the SDK meets; the rest is what a service answers. */
export function isApplicable(
  fault: Fault,
  { service, operation }: Pick<Call, 'service' | 'operation'>,
): boolean {
  if (service === 'provider') return PROVIDER_FAULTS.includes(fault);
  if (fault === 'partial') return BATCHES.includes(operation);
  if (fault === 'conflict') return service === 'dynamodb' && TRANSACTIONAL.includes(operation);
  return true;
}

/** One for each who waits: whatever waits for a promise is kept as long as the promise is. */
export const never = (): Promise<never> => new Promise(() => undefined);

class LostAnswer extends Error {
  override readonly name = 'TimeoutError';
}

export type Carrier = {
  readonly trouble: Trouble;
  readonly wait: (milliseconds: number) => Promise<void>;
  /** Told of each attempt, and of what went wrong with it. */
  readonly tell: (call: Call, fault: Fault | undefined) => void;
};

/** Makes a call, or what its fault leaves of it. Never comes back to a function that is dead. */
export async function carry(
  call: Call,
  perform: () => Promise<Answer>,
  carrier: Carrier,
): Promise<Answer> {
  const { invocation } = call;
  if (invocation.isDead) return never();
  const given = carrier.trouble.faultOf(call);
  const fault = given !== undefined && isApplicable(given, call) ? given : undefined;
  const isFirst = call.attempt === 1;
  carrier.tell(call, fault);
  const [there, back] = carrier.trouble.delays(call);
  if (there > 0) await carrier.wait(there);
  await carrier.trouble.turn?.(call);
  if (invocation.isDead) return never();

  if (fault === 'crashBefore') {
    invocation.die(CRASHED);
    return never();
  }
  if (fault === 'timeoutForGood' || (fault === 'timeout' && isFirst))
    throw new LostAnswer('no answer in time');
  if (fault === 'throttleForGood' || (fault === 'throttle' && isFirst)) return throttled(call);
  if (fault === 'conflict' && isFirst) return conflicting(call);

  const answer = await perform();
  if (back > 0) await carrier.wait(back);
  if (fault === 'crashAfter') {
    invocation.die(CRASHED);
    return never();
  }
  if (invocation.isDead) return never();
  if (fault === 'lostForGood' || (fault === 'lostResponse' && isFirst))
    throw new LostAnswer('the answer was lost');
  return answer;
}

const refusal = (type: string, message: string, fields: object = {}, status = 400): Answer => ({
  status,
  body: { __type: type, message, ...fields },
});

/** As each service says that it is too much. */
function throttled({ service }: Call): Answer {
  switch (service) {
    case 'dynamodb':
      return refusal(
        'com.amazonaws.dynamodb.v20120810#ThrottlingException',
        'Throughput exceeds the current capacity',
      );
    case 'http':
      return { status: 503, body: { message: 'Service Unavailable' } };
    default:
      return refusal('ThrottlingException', 'Rate exceeded');
  }
}

/** https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/transaction-apis.html#transaction-conflict-handling */
export function conflicting({ operation, request }: Pick<Call, 'operation' | 'request'>): Answer {
  if (operation !== 'TransactWriteItems') {
    return refusal(
      'com.amazonaws.dynamodb.v20120810#TransactionConflictException',
      'Transaction is ongoing for the item',
    );
  }
  const actions = (request as { readonly TransactItems: readonly unknown[] }).TransactItems;
  const reasons = actions.map((_, place) =>
    place === actions.length - 1
      ? { Code: 'TransactionConflict', Message: 'Transaction is ongoing for the item' }
      : { Code: 'None' },
  );
  return refusal(
    'com.amazonaws.dynamodb.v20120810#TransactionCanceledException',
    `Transaction cancelled, please refer cancellation reasons for specific reasons [${reasons.map(({ Code }) => Code).join(', ')}]`,
    { CancellationReasons: reasons },
  );
}

/** Nothing goes wrong, and nothing takes time. */
export const smooth: Trouble = { faultOf: () => undefined, delays: () => [0, 0] };
