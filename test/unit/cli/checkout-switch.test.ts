import {
  DeleteFunctionConcurrencyCommand,
  LambdaClient,
  PutFunctionConcurrencyCommand,
  type PutFunctionConcurrencyCommandInput,
} from '@aws-sdk/client-lambda';
import { expect, test, vi } from 'vitest';
import {
  type CheckoutFunction,
  CheckoutSwitch,
  checkoutStateOf,
  describeCheckout,
} from '../../../cli/checkout-switch.ts';

const OUTPUTS = { FunctionPlaceOrder: 'place', FunctionPayOrder: 'pay' };

const functionsWith = (...reserved: readonly (number | undefined)[]): readonly CheckoutFunction[] =>
  (['PlaceOrder', 'PayOrder'] as const).map((name, index) => ({
    name,
    functionName: name,
    reservedConcurrency: reserved[index],
  }));

/** Creates a client whose requests for some functions fail. */
function createFailingLambda(failsFor: string, error: Error) {
  const client = new LambdaClient({});
  vi.spyOn(client, 'send').mockImplementation(async ({ input }: { input: object }) => {
    if (Object.values(input).includes(failsFor)) throw error;
    return {};
  });
  return client;
}

/** Creates a Lambda client with reservations in memory; undefined for a function without one. */
function createLambda(reserved: Record<string, number | undefined>) {
  const client = new LambdaClient({});
  vi.spyOn(client, 'send').mockImplementation(async (command: { readonly input: object }) => {
    const { FunctionName = '', ReservedConcurrentExecutions } =
      command.input as Partial<PutFunctionConcurrencyCommandInput>;
    if (command instanceof PutFunctionConcurrencyCommand)
      reserved[FunctionName] = ReservedConcurrentExecutions;
    if (command instanceof DeleteFunctionConcurrencyCommand) reserved[FunctionName] = undefined;
    return { ReservedConcurrentExecutions: reserved[FunctionName] };
  });
  return client;
}

test('stop reserves 0 for both functions, and start removes both reservations', async () => {
  const reserved: Record<string, number | undefined> = {};
  const checkout = new CheckoutSwitch(createLambda(reserved), OUTPUTS);

  await checkout.stop();
  expect(reserved).toEqual({ place: 0, pay: 0 });
  expect(checkoutStateOf(await checkout.read())).toBe('stopped');

  await checkout.start();
  expect(reserved).toEqual({ place: undefined, pay: undefined });
  expect(checkoutStateOf(await checkout.read())).toBe('open');
});

test('start keeps a limit that does not stop a function', async () => {
  const reserved = { place: 50, pay: 0 };

  await new CheckoutSwitch(createLambda(reserved), OUTPUTS).start();

  expect(reserved).toEqual({ place: 50, pay: undefined });
});

const denied = Object.assign(
  new Error('User: x is not authorized to perform: lambda:PutFunctionConcurrency'),
  {
    name: 'AccessDeniedException',
    $metadata: {},
  },
);

test('stop names the function that was stopped when the other one is forbidden', async () => {
  const stop = new CheckoutSwitch(createFailingLambda('pay', denied), OUTPUTS).stop();

  await expect(stop).rejects.toThrow(
    /Cannot stop PayOrder \(done for PlaceOrder\).*not authorized to perform: lambda:PutFunctionConcurrency/,
  );
});

test('rejects a stage of an older version without the outputs', () => {
  expect(() => new CheckoutSwitch(new LambdaClient({}), { FunctionPlaceOrder: 'place' })).toThrow(
    /no output FunctionPayOrder. Deploy this version/,
  );
});

test.each([
  [[undefined, undefined], 'open'],
  [[50, undefined], 'open'],
  [[0, undefined], 'partly stopped'],
  [[undefined, 0], 'partly stopped'],
  [[0, 0], 'stopped'],
] as const)('with reservations of %j checkout is %s', (reserved, state) => {
  expect(checkoutStateOf(functionsWith(...reserved))).toBe(state);
});

test('describes each state and each function', () => {
  expect(describeCheckout(functionsWith(0, 50))).toEqual([
    'Checkout is partly stopped. One of its functions is stopped and the other is not. Run stop or start again.',
    '  PlaceOrder stopped                  PlaceOrder',
    '  PayOrder   open, 50 at a time       PayOrder',
  ]);
});
