/** A call that a function makes, as faults name it. */
export type FunctionCall = {
  readonly method: string;
  /** Path and query. */
  readonly path: string;
  /** Header X-Amz-Target of AWS's JSON protocol: `DynamoDB_20120810.PutItem`. */
  readonly target: string | undefined;
  readonly body: string;
};

/**
 * A fault of the calls of one invocation. It is sent to the thread of the function, and shares
 * the number of calls that are left with it.
 */
export type CallFault = {
  /** `TransactWriteItems`, or `PUT /reservations/{reservationId}`. */
  readonly call: string;
  /** Text that the request contains. Undefined for every request. */
  readonly callText: string | undefined;
  readonly kind: 'error' | 'lostResponse' | 'crash' | 'slow';
  /** Delay of `slow`. */
  readonly delayMilliseconds: number;
  /** One number in shared memory: calls that the fault will still hit. */
  readonly left: Int32Array;
};

/** An action of AWS's JSON protocol, or a method and a path in which `{…}` is any segment. */
export const CALL_NAME = /^(?:[A-Z][A-Za-z0-9]+|(?:GET|PUT|POST|PATCH|DELETE) \/\S*)$/;
const PARAMETER = /^\{.*\}$/;

/** Creates the shared counter of a fault. */
export function createCounter(times: number): Int32Array {
  const counter = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));
  counter[0] = times;
  return counter;
}

/** Returns the number of calls that a fault will still hit. */
export const callsLeft = (counter: Int32Array): number => Atomics.load(counter, 0);

/** Returns the first fault that hits a call, and counts it down. */
export function takeCallFault(
  faults: readonly CallFault[],
  call: FunctionCall,
): CallFault | undefined {
  return faults.find((fault) => isHitBy(fault, call) && countDown(fault.left));
}

function isHitBy({ call: name, callText = '' }: CallFault, call: FunctionCall): boolean {
  const isNamed = isAction(name, call) || isRequest(name, call);
  return isNamed && (call.path.includes(callText) || call.body.includes(callText));
}

const isAction = (name: string, { target }: FunctionCall): boolean =>
  target?.split('.').at(-1) === name;

function isRequest(name: string, { method, path }: FunctionCall): boolean {
  const [namedMethod, namedPath = ''] = name.split(' ');
  const named = namedPath.split('/');
  const segments = path.replace(/\?.*$/, '').split('/');
  return (
    namedMethod === method &&
    named.length === segments.length &&
    named.every((segment, index) => PARAMETER.test(segment) || segment === segments[index])
  );
}

/** Takes one of the calls that are left. Returns false when none is left. */
export function countDown(counter: Int32Array): boolean {
  for (let left = Atomics.load(counter, 0); left > 0; left = Atomics.load(counter, 0))
    if (Atomics.compareExchange(counter, 0, left, left - 1) === left) return true;
  return false;
}
