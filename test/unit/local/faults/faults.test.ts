import { expect, test, vi } from 'vitest';
import type { CallFault } from '../../../../local/faults/call-fault.ts';
import { takeCallFault } from '../../../../local/faults/call-fault.ts';
import type { FaultRequest } from '../../../../local/faults/fault.ts';
import type { FaultTarget } from '../../../../local/faults/fault-targets.ts';
import { Faults } from '../../../../local/faults/faults.ts';
import type { InvokeResult } from '../../../../local/functions/invoke.ts';
import type { InvokeOptions } from '../../../../local/functions/local-function.ts';
import type { Observation } from '../../../../local/functions/observation.ts';

const target = (service: string, name: string, visibilitySeconds?: number): FaultTarget => ({
  functionName: `stockbook-dev-${service}-${name}`,
  name,
  service,
  visibilitySeconds,
});
const VISIBILITY_SECONDS = 60;
const TARGETS = [
  target('inventory', 'commit-reservation', VISIBILITY_SECONDS),
  target('inventory', 'release-reservation'),
  target('inventory', 'publish-events'),
  target('orders', 'publish-events'),
  target('orders', 'place-order'),
];
const COMMIT = 'stockbook-dev-inventory-commit-reservation';
const CALLS: Readonly<Record<string, readonly string[]>> = {
  [COMMIT]: ['PutItem', 'TransactWriteItems'],
  'stockbook-dev-orders-place-order': ['TransactWriteItems', 'PUT /reservations/{reservationId}'],
};
const RESULT: InvokeResult = { ok: true, payload: { done: true } };
const failure = (errorType: string) =>
  expect.objectContaining({ ok: false, error: expect.objectContaining({ errorType }) });

/** Creates faults, and records what they do. */
function createFaults() {
  const seen: Observation[] = [];
  const changeVisibility = vi.fn(async () => {});
  const faults = new Faults(TARGETS, {
    changeVisibility,
    callsOf: (functionName) => CALLS[functionName] ?? [],
    observe: (one) => seen.push(one),
  });
  const run = vi.fn(async (_how: Required<InvokeOptions>): Promise<InvokeResult> => RESULT);
  const invoke = (event: unknown = {}, functionName = COMMIT) =>
    faults.invoke({ functionName, event, run });
  return { faults, invoke, run, seen, changeVisibility };
}

const aFault = (over: Partial<FaultRequest> = {}): FaultRequest =>
  ({ functionName: 'commit-reservation', kind: 'error', times: 1, ...over }) as FaultRequest;

const queueEvent = (...ids: readonly string[]) => ({
  Records: ids.map((id) => ({
    eventSource: 'aws:sqs',
    eventSourceARN: 'arn:aws:sqs:us-east-1:000000000000:things',
    receiptHandle: `receipt-${id}`,
    body: JSON.stringify({ orderId: id }),
  })),
});

test('runs every invocation when no fault is set', async () => {
  const { invoke, run, seen } = createFaults();

  expect(await invoke()).toBe(RESULT);
  expect(run).toHaveBeenCalledExactlyOnceWith({ crashes: false, callFaults: [] });
  expect(seen).toEqual([]);
});

test('an error fails the next invocations without running the function, and is then gone', async () => {
  const { faults, invoke, run, seen } = createFaults();
  faults.set(aFault({ times: 2 }));

  const results = [await invoke(), await invoke(), await invoke()];

  expect(results).toEqual([failure('InjectedFault'), failure('InjectedFault'), RESULT]);
  expect(run).toHaveBeenCalledTimes(1);
  expect(faults.list()).toEqual([]);
  expect(seen).toEqual(
    Array(2).fill({ kind: 'injectedFault', functionName: COMMIT, faultKind: 'error' }),
  );
});

test('a lost response runs the function and returns an error', async () => {
  const { faults, invoke, run } = createFaults();
  faults.set(aFault({ kind: 'lostResponse' }));

  expect(await invoke()).toEqual(failure('InjectedFault'));
  expect(run).toHaveBeenCalledExactlyOnceWith({ crashes: false, callFaults: [] });
});

test('an invocation that Lambda rejects has no response to lose', async () => {
  const { faults, invoke, run } = createFaults();
  const rejected: InvokeResult = {
    ok: false,
    rejectionStatus: 429,
    error: { errorType: 'TooManyRequestsException', errorMessage: 'Rate Exceeded.' },
  };
  run.mockResolvedValueOnce(rejected);
  faults.set(aFault({ kind: 'lostResponse' }));

  expect(await invoke()).toBe(rejected);
});

test('a crash runs the function in an environment that ends', async () => {
  const { faults, invoke, run } = createFaults();
  faults.set(aFault({ kind: 'crash' }));

  await invoke();

  expect(run).toHaveBeenCalledExactlyOnceWith({ crashes: true, callFaults: [] });
});

test('a slow invocation waits, until the runtime stops', async () => {
  const { faults, invoke, run } = createFaults();
  faults.set(aFault({ kind: 'slow', delayMilliseconds: 600_000 }));

  const result = invoke();
  expect(run).not.toHaveBeenCalled();
  faults.stop();

  expect(await result).toBe(RESULT);
});

test('a fault hits only its own function', async () => {
  const { faults, invoke } = createFaults();
  faults.set(aFault());

  expect(await invoke({}, 'stockbook-dev-orders-place-order')).toBe(RESULT);
  expect(faults.list()).toHaveLength(1);
});

test('a fault with a text hits only invocations that contain it, before one without', async () => {
  const { faults, invoke } = createFaults();
  faults.set(aFault({ kind: 'lostResponse' }));
  faults.set(aFault({ text: 'ord_1' }));

  const first = await invoke(queueEvent('ord_2', 'ord_1'));
  const left = faults.list();
  const second = await invoke(queueEvent('ord_2'));

  expect(first).toEqual(failure('InjectedFault'));
  expect(left).toMatchObject([{ kind: 'lostResponse', times: 1 }]);
  expect(second).toEqual(failure('InjectedFault'));
  expect(faults.list()).toEqual([]);
});

test('a fault replaces that of the same function and text', () => {
  const { faults } = createFaults();
  faults.set(aFault({ times: 3 }));
  faults.set(aFault({ text: 'ord_1' }));

  faults.set(aFault({ kind: 'crash', times: 2 }));

  const common = { functionName: 'commit-reservation', visibilitySeconds: VISIBILITY_SECONDS };
  expect(faults.list()).toEqual([
    { ...common, kind: 'error', times: 1, text: 'ord_1' },
    { ...common, kind: 'crash', times: 2 },
  ]);
});

test('no fault is left after all are cleared', async () => {
  const { faults, invoke } = createFaults();
  faults.set(aFault({ times: 9 }));

  faults.clear();

  expect(faults.list()).toEqual([]);
  expect(await invoke()).toBe(RESULT);
});

test.each<[FaultRequest['kind'], number]>([
  ['error', 1],
  ['lostResponse', 1],
  ['crash', 1],
])(
  'the messages of a batch hit by %s are received again when the fault asks for it',
  async (kind) => {
    const { faults, invoke, changeVisibility } = createFaults();
    faults.set(aFault({ kind, redeliverySeconds: 2, times: 2 }));

    await invoke(queueEvent('a', 'b'));
    await invoke({ rawPath: '/not-a-batch' });

    expect(changeVisibility).toHaveBeenCalledExactlyOnceWith(
      'arn:aws:sqs:us-east-1:000000000000:things',
      ['receipt-a', 'receipt-b'],
      2,
    );
  },
);

test('the messages of a batch otherwise stay hidden until the visibility timeout', async () => {
  const { faults, invoke, changeVisibility } = createFaults();
  faults.set(aFault());

  await invoke(queueEvent('a'));

  expect(changeVisibility).not.toHaveBeenCalled();
});

test.each([
  ['commit-reservation', 'commit-reservation'],
  ['inventory/commit-reservation', 'commit-reservation'],
  ['orders/publish-events', 'orders/publish-events'],
])('the name %s means %s', (functionName, expected) => {
  expect(createFaults().faults.set(aFault({ functionName })).functionName).toBe(expected);
});

test.each([
  [
    'comit-reservation',
    'There is no function comit-reservation. Similar names: commit-reservation.',
  ],
  ['PlaceOrder', 'There is no function PlaceOrder. Similar names: place-order.'],
  [
    'nothing',
    'There is no function nothing. A function has the name of its file in lambdas/<service>/handlers.',
  ],
  [
    'publish-events',
    'Several services have a function publish-events. Use inventory/publish-events or orders/publish-events.',
  ],
])('rejects the name %s', (functionName, message) => {
  expect(() => createFaults().faults.set(aFault({ functionName }))).toThrow(message);
});

test('rejects a redelivery time for a function without a queue', () => {
  const request = aFault({ functionName: 'place-order', redeliverySeconds: 2 });

  expect(() => createFaults().faults.set(request)).toThrow(
    'place-order has no queue. Omit the redelivery time.',
  );
});

const TRANSACTION = {
  method: 'POST',
  path: '/',
  target: 'DynamoDB_20120810.TransactWriteItems',
  body: '{"sku":"tea"}',
};
const aCallFault = (over: Partial<FaultRequest> = {}): FaultRequest =>
  aFault({ call: 'TransactWriteItems', ...over } as Partial<FaultRequest>);
/** Returns a run that makes one call for each fault of an element; undefined for no hit. */
function runWithCalls(hits: (CallFault['kind'] | undefined)[], result: InvokeResult = RESULT) {
  return async ({ callFaults }: Required<InvokeOptions>): Promise<InvokeResult> => {
    hits.push(takeCallFault(callFaults, TRANSACTION)?.kind);
    return result;
  };
}

test('a fault of calls hits the calls of invocations and not the invocations', async () => {
  const { faults, invoke, run, seen } = createFaults();
  const hits: (CallFault['kind'] | undefined)[] = [];
  run.mockImplementation(runWithCalls(hits));
  faults.set(aCallFault({ kind: 'lostResponse', times: 2 }));

  const results = [await invoke(), await invoke({}, 'stockbook-dev-orders-place-order')];
  const left = faults.list();
  await invoke();
  await invoke();

  expect(results).toEqual([RESULT, RESULT]);
  expect(left).toMatchObject([{ call: 'TransactWriteItems', times: 1 }]);
  expect(hits).toEqual(['lostResponse', undefined, 'lostResponse', undefined]);
  expect(faults.list()).toEqual([]);
  expect(seen).toEqual([]);
});

test('a fault of calls with a text hits only invocations that contain it, before others', async () => {
  const { faults, invoke, run } = createFaults();
  const hits: (CallFault['kind'] | undefined)[] = [];
  run.mockImplementation(runWithCalls(hits));
  faults.set(aCallFault({ kind: 'lostResponse' }));
  faults.set(aCallFault({ text: 'ord_1' }));
  faults.set(aCallFault({ callText: 'tea', kind: 'crash' }));

  for (const id of ['ord_2', 'ord_1', 'ord_1']) await invoke(queueEvent(id));

  expect(hits).toEqual(['crash', 'error', 'lostResponse']);
});

test('a fault of calls that is cleared or replaced hits no call of a running invocation', async () => {
  const { faults, invoke, run } = createFaults();
  const hits: (CallFault['kind'] | undefined)[] = [];
  faults.set(aCallFault());
  run.mockImplementationOnce(async (how) => {
    faults.set(aCallFault({ kind: 'crash' }));
    return runWithCalls(hits)(how);
  });
  run.mockImplementationOnce(async (how) => {
    faults.clear();
    return runWithCalls(hits)(how);
  });

  await invoke();
  await invoke();

  expect(hits).toEqual([undefined, undefined]);
});

test('messages of a batch that a fault of a call fails are received again', async () => {
  const { faults, invoke, run, changeVisibility } = createFaults();
  const failed: InvokeResult = { ok: false, error: { errorType: 'Runtime', errorMessage: '' } };
  run.mockImplementationOnce(runWithCalls([]));
  run.mockImplementation(runWithCalls([], failed));
  faults.set(aCallFault({ kind: 'crash', redeliverySeconds: 3, times: 2 }));

  await invoke(queueEvent('succeeds'));
  await invoke(queueEvent('fails'));
  await invoke(queueEvent('fails without the fault'));

  expect(changeVisibility).toHaveBeenCalledExactlyOnceWith(
    'arn:aws:sqs:us-east-1:000000000000:things',
    ['receipt-fails'],
    3,
  );
});

test('rejects the text of a call without the call', () => {
  expect(() => createFaults().faults.set(aFault({ callText: 'tea' }))).toThrow(
    'Name the call whose request contains the text.',
  );
});

test.each([
  [
    'commit-reservation',
    'TransactWriteItem',
    'commit-reservation makes no call TransactWriteItem. Its calls: PutItem, TransactWriteItems.',
  ],
  [
    'commit-reservation',
    'PUT /reservations/{reservationId}',
    'commit-reservation makes no call PUT /reservations/{reservationId}. Its calls: PutItem, TransactWriteItems.',
  ],
  [
    'orders/publish-events',
    'PutEvents',
    'orders/publish-events makes no call PutEvents. It makes no calls.',
  ],
])('rejects for %s the call %s, which it cannot make', (functionName, call, message) => {
  const { faults } = createFaults();

  expect(() => faults.set(aCallFault({ functionName, call }))).toThrow(message);
  expect(faults.list()).toEqual([]);
});
