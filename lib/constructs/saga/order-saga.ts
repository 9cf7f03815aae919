import { Duration } from 'aws-cdk-lib';
import {
  Choice,
  Condition,
  Errors,
  Fail,
  type IChainable,
  IntegrationPattern,
  JsonPath,
  Parallel,
  Succeed,
  TaskInput,
  Timeout,
} from 'aws-cdk-lib/aws-stepfunctions';
import { LambdaInvoke } from 'aws-cdk-lib/aws-stepfunctions-tasks';
import { Construct } from 'constructs';
import { OrderError, PaymentError } from '../../../lambdas/contracts/saga-errors.ts';
import { STOCK_OUTCOME_SECONDS_MAX } from '../../../lambdas/shared/events/delivery-times.ts';
import type { Config } from '../../config.ts';
import type { ServiceFunction } from '../compute/service-function.ts';
import type { Alarms } from '../monitoring/alarms.ts';
import { SagaMachine } from './saga-machine.ts';
import {
  addRetries,
  CATCH_ALL,
  createCompensationBranch,
  createStep,
  ORDER_INPUT,
} from './saga-steps.ts';

/** Functions of the steps of the saga. */
export type SagaSteps = {
  readonly authorizePayment: ServiceFunction;
  readonly confirmOrder: ServiceFunction;
  readonly capturePayment: ServiceFunction;
  readonly rejectPayment: ServiceFunction;
  readonly beginCancellation: ServiceFunction;
  readonly reversePayment: ServiceFunction;
  readonly releaseStock: ServiceFunction;
  readonly concludeCancellation: ServiceFunction;
  readonly flagOrderForAttention: ServiceFunction;
};

/** Maximum time of all deliveries of OrderConfirmed and of the stock outcome. */
const STOCK_OUTCOME_TIMEOUT = Duration.seconds(STOCK_OUTCOME_SECONDS_MAX);
/** Longer than all retries of all steps. */
const SAGA_TIMEOUT = Duration.hours(1);

/**
 * The two sagas of an order. ProcessOrder has three states on its happy path; the event of the
 * capture completes the order (docs/adr/0019-complete-orders-from-payment-captured.md). Any failure
 * leads to the compensation, which is all of CancelOrder: it reverses the payment and releases the
 * stock in two branches, then cancels the order. If a compensation step fails, the order is flagged
 * as NEEDS_ATTENTION and the execution fails, which raises an alarm.
 */
export class OrderSaga extends Construct {
  readonly processOrder: SagaMachine;
  readonly cancelOrder: SagaMachine;

  constructor(
    scope: Construct,
    id: string,
    {
      config,
      steps,
      alarms,
    }: { readonly config: Config; readonly steps: SagaSteps; readonly alarms: Alarms },
  ) {
    super(scope, id);
    const machine = (
      name: string,
      definition: (states: Construct, steps: SagaSteps) => IChainable,
    ) =>
      new SagaMachine(this, name, {
        config,
        definition: definition(new Construct(this, `${name}States`), steps),
        timeout: SAGA_TIMEOUT,
        alarms,
      });
    this.processOrder = machine('ProcessOrder', defineProcessOrder);
    this.cancelOrder = machine('CancelOrder', defineCancelOrder);
  }
}

function defineProcessOrder(scope: Construct, steps: SagaSteps): IChainable {
  const cancel = defineCancellationStart(scope, steps);

  const reject = createStep(scope, 'RejectPayment', steps.rejectPayment, {
    ...ORDER_INPUT,
    'error.$': '$.error',
  });
  addRetries(reject).addCatch(cancel, CATCH_ALL);

  const authorize = createStep(scope, 'AuthorizePayment', steps.authorizePayment, {
    ...ORDER_INPUT,
    'total.$': '$.total',
    'paymentMethod.$': '$.paymentMethod',
  });
  const businessErrors = [PaymentError.declined, PaymentError.requiresAction];
  addRetries(authorize, ...businessErrors)
    .addCatch(reject, { errors: businessErrors, resultPath: '$.error' })
    .addCatch(cancel, CATCH_ALL);

  const confirm = new LambdaInvoke(scope, 'ConfirmOrder', {
    stateName: 'ConfirmOrder',
    lambdaFunction: steps.confirmOrder.liveAlias,
    integrationPattern: IntegrationPattern.WAIT_FOR_TASK_TOKEN,
    payload: TaskInput.fromObject({ ...ORDER_INPUT, taskToken: JsonPath.taskToken }),
    resultPath: JsonPath.DISCARD,
    taskTimeout: Timeout.duration(STOCK_OUTCOME_TIMEOUT),
    retryOnServiceExceptions: false,
  });
  addRetries(
    confirm,
    OrderError.stockCommitFailed,
    OrderError.unexpectedStatus,
    Errors.TIMEOUT,
  ).addCatch(cancel, CATCH_ALL);

  const capture = createStep(scope, 'CapturePayment', steps.capturePayment, ORDER_INPUT);
  addRetries(capture, PaymentError.captureFailed).addCatch(cancel, CATCH_ALL);

  return authorize.next(confirm).next(capture);
}

/**
 * Starts the compensation. The order may be completed after all, when only the response of the
 * capture was lost.
 */
function defineCancellationStart(scope: Construct, steps: SagaSteps): LambdaInvoke {
  const begin = createStep(scope, 'BeginCancellation', steps.beginCancellation, {
    ...ORDER_INPUT,
    'error.$': '$.error',
  });
  const completed = new Succeed(scope, 'AlreadyCompleted', { stateName: 'AlreadyCompleted' });
  const { chain, flagForAttention } = defineCompensation(scope, steps);
  addRetries(begin, OrderError.alreadyCompleted, OrderError.unexpectedStatus)
    .addCatch(completed, { errors: [OrderError.alreadyCompleted], resultPath: '$.error' })
    .addCatch(flagForAttention, CATCH_ALL);
  begin.next(chain);
  return begin;
}

const defineCancelOrder = (scope: Construct, steps: SagaSteps): IChainable =>
  defineCompensation(scope, steps).chain;

function defineCompensation(
  scope: Construct,
  steps: SagaSteps,
): { chain: IChainable; flagForAttention: LambdaInvoke } {
  const needsAttention = new Fail(scope, 'NeedsAttention', {
    stateName: 'NeedsAttention',
    error: OrderError.needsAttention,
    cause: 'A compensation step failed. The order needs attention.',
  });
  const flagForAttention = createStep(scope, 'FlagOrderForAttention', steps.flagOrderForAttention, {
    ...ORDER_INPUT,
    'error.$': '$.error',
  });
  addRetries(flagForAttention, OrderError.unexpectedStatus).next(needsAttention);
  const flagUncompensated = createStep(
    scope,
    'FlagUncompensatedOrder',
    steps.flagOrderForAttention,
    {
      ...ORDER_INPUT,
      'payment.$': '$.compensation[0]',
      'stock.$': '$.compensation[1]',
    },
  );
  addRetries(flagUncompensated, OrderError.unexpectedStatus).next(needsAttention);

  const conclude = createStep(scope, 'ConcludeCancellation', steps.concludeCancellation, {
    ...ORDER_INPUT,
    'reversal.$': '$.compensation[0].status',
  });
  const flagUncancelled = createStep(scope, 'FlagUncancelledOrder', steps.flagOrderForAttention, {
    ...ORDER_INPUT,
    'error.$': '$.error',
    'payment.$': '$.compensation[0]',
    'stock.$': '$.compensation[1]',
  });
  addRetries(flagUncancelled, OrderError.unexpectedStatus).next(needsAttention);
  addRetries(conclude).addCatch(flagUncancelled, CATCH_ALL);

  const compensate = new Parallel(scope, 'Compensate', {
    stateName: 'Compensate',
    resultPath: '$.compensation',
  })
    .branch(
      createCompensationBranch(scope, 'ReversePayment', steps.reversePayment, {
        'status.$': '$.Payload.status',
      }),
    )
    .branch(
      createCompensationBranch(scope, 'ReleaseStock', steps.releaseStock, { status: 'RELEASED' }),
    );
  compensate.addCatch(flagForAttention, CATCH_ALL);
  const isCompensated = new Choice(scope, 'IsCompensated', { stateName: 'IsCompensated' })
    .when(
      Condition.or(
        Condition.isPresent('$.compensation[0].error'),
        Condition.isPresent('$.compensation[1].error'),
      ),
      flagUncompensated,
    )
    .otherwise(conclude);
  return { chain: compensate.next(isCompensated), flagForAttention };
}
