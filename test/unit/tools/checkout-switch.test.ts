import { LambdaClient } from '@aws-sdk/client-lambda';
import { expect, test, vi } from 'vitest';
import {
  type CheckoutFunction,
  CheckoutSwitch,
  checkoutStateOf,
  describeCheckout,
} from '../../../tools/checkout-switch.ts';

const OUTPUTS = { FunctionPlaceOrder: 'place', FunctionPayOrder: 'pay' };

const functionsWith = (...reserved: readonly (number | undefined)[]): readonly CheckoutFunction[] =>
  (['PlaceOrder', 'PayOrder'] as const).map((name, index) => ({
    name,
    functionName: name,
    reservedConcurrency: reserved[index],
  }));

/** A client whose requests for some functions fail. */
function lambdaThat(failsFor: string, error: Error) {
  const client = new LambdaClient({});
  vi.spyOn(client, 'send').mockImplementation(async ({ input }: { input: object }) => {
    if (Object.values(input).includes(failsFor)) throw error;
    return {};
  });
  return client;
}

const denied = Object.assign(
  new Error('User: x is not authorized to perform: lambda:PutFunctionConcurrency'),
  {
    name: 'AccessDeniedException',
    $metadata: {},
  },
);

test('a stop without rights to one of the functions says which one was stopped', async () => {
  const stop = new CheckoutSwitch(lambdaThat('pay', denied), OUTPUTS).stop();

  await expect(stop).rejects.toThrow(
    /Cannot stop PayOrder \(done for PlaceOrder\).*not authorized to perform: lambda:PutFunctionConcurrency/,
  );
});

test('a stage of an older version has no such outputs', () => {
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

test('each state is described with what each function does', () => {
  expect(describeCheckout(functionsWith(0, 50))).toEqual([
    'Checkout is partly stopped. One of its functions is stopped and the other one is not. Run stop or start again.',
    '  PlaceOrder stopped                  PlaceOrder',
    '  PayOrder   open, 50 at a time       PayOrder',
  ]);
});
