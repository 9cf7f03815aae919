import {
  DeleteFunctionConcurrencyCommand,
  GetFunctionConcurrencyCommand,
  type LambdaClient,
  PutFunctionConcurrencyCommand,
} from '@aws-sdk/client-lambda';
import { UserError } from '../local/errors.ts';
import { explainAwsError, type StackOutputs } from './client/stack-outputs.ts';

/** Functions of checkout. Existing orders need neither of them. */
const CHECKOUT_FUNCTIONS = ['PlaceOrder', 'PayOrder'] as const;

/**
 * Function of checkout. `reservedConcurrency` is undefined for a function that may use the whole
 * concurrency of the account.
 */
export type CheckoutFunction = {
  readonly name: (typeof CHECKOUT_FUNCTIONS)[number];
  readonly functionName: string;
  readonly reservedConcurrency: number | undefined;
};

export type CheckoutState = 'open' | 'stopped' | 'partly stopped';

/**
 * Stops, starts and reads the checkout of one stage. Each method throws a UserError for a problem
 * that the operator can fix.
 */
export class CheckoutSwitch {
  readonly #lambda: LambdaClient;
  readonly #functions: readonly Pick<CheckoutFunction, 'name' | 'functionName'>[];

  /** Creates a switch from the outputs of the stage's stack `orders`. */
  constructor(lambda: LambdaClient, outputs: StackOutputs) {
    this.#lambda = lambda;
    this.#functions = CHECKOUT_FUNCTIONS.map((name) => {
      const functionName = outputs[`Function${name}`];
      if (functionName === undefined)
        throw new UserError(
          `The stack orders has no output Function${name}. Deploy this version of Stockbook to the stage first.`,
        );
      return { name, functionName };
    });
  }

  /**
   * Reserves a concurrency of 0, so that Lambda rejects every further invocation. Running
   * invocations are not interrupted.
   */
  async stop(): Promise<void> {
    await this.#forEach('stop', (FunctionName) =>
      this.#lambda.send(
        new PutFunctionConcurrencyCommand({ FunctionName, ReservedConcurrentExecutions: 0 }),
      ),
    );
  }

  /** Removes reservations of 0. A greater reservation limits a function, but does not stop it. */
  async start(): Promise<void> {
    const stopped = (await this.read()).filter(isStopped).map(({ name }) => name);
    await this.#forEach('start', async (FunctionName, name) => {
      if (stopped.includes(name))
        await this.#lambda.send(new DeleteFunctionConcurrencyCommand({ FunctionName }));
    });
  }

  async read(): Promise<readonly CheckoutFunction[]> {
    const read: CheckoutFunction[] = [];
    await this.#forEach('read', async (FunctionName, name) => {
      const { ReservedConcurrentExecutions: reservedConcurrency } = await this.#lambda.send(
        new GetFunctionConcurrencyCommand({ FunctionName }),
      );
      read.push({ name, functionName: FunctionName, reservedConcurrency });
    });
    return read;
  }

  async #forEach(
    verb: string,
    act: (functionName: string, name: CheckoutFunction['name']) => Promise<unknown>,
  ): Promise<void> {
    const done: string[] = [];
    for (const { name, functionName } of this.#functions) {
      try {
        await act(functionName, name);
        done.push(name);
      } catch (error) {
        const before = done.length === 0 ? '' : ` (done for ${done.join(', ')})`;
        throw explainAwsError(error, `cannot ${verb} ${name}${before}`, [
          /^ResourceNotFoundException/,
          `there is no function ${functionName}. Check --stage and --region`,
        ]);
      }
    }
  }
}

const isStopped = ({ reservedConcurrency }: CheckoutFunction): boolean => reservedConcurrency === 0;

/** Returns lines about limits that `stop` replaces by 0 and that `start` does not restore. */
export const describeReplacedLimits = (functions: readonly CheckoutFunction[]): readonly string[] =>
  functions.flatMap(({ name, functionName, reservedConcurrency = 0 }) =>
    reservedConcurrency === 0
      ? []
      : [
          `${name} has a reserved concurrency of ${reservedConcurrency}. After start, set it again: aws lambda put-function-concurrency --function-name ${functionName} --reserved-concurrent-executions ${reservedConcurrency}`,
        ],
  );

export function checkoutStateOf(functions: readonly CheckoutFunction[]): CheckoutState {
  const stopped = functions.filter(isStopped);
  if (stopped.length === 0) return 'open';
  return stopped.length === functions.length ? 'stopped' : 'partly stopped';
}

const STATE_DESCRIPTIONS: Readonly<Record<CheckoutState, string>> = {
  open: 'Orders can be placed and paid.',
  stopped: 'No order can be placed or paid. Paid orders continue, and all other routes work.',
  'partly stopped':
    'One of its functions is stopped and the other is not. Run stop or start again.',
};

/** Returns the state of checkout as lines of text. */
export const describeCheckout = (functions: readonly CheckoutFunction[]): readonly string[] => {
  const state = checkoutStateOf(functions);
  return [
    `Checkout is ${state}. ${STATE_DESCRIPTIONS[state]}`,
    ...functions.map(
      ({ name, functionName, reservedConcurrency }) =>
        `  ${name.padEnd(10)} ${describeConcurrency(reservedConcurrency).padEnd(24)} ${functionName}`,
    ),
  ];
};

function describeConcurrency(reserved: number | undefined): string {
  if (reserved === undefined) return 'open';
  return reserved === 0 ? 'stopped' : `open, ${reserved} at a time`;
}
