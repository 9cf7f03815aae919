import { Duration } from 'aws-cdk-lib';
import {
  type CatchProps,
  Choice,
  Condition,
  Errors,
  Fail,
  type IChainable,
  IntegrationPattern,
  JitterType,
  JsonPath,
  Parallel,
  Pass,
  Succeed,
  TaskInput,
  Timeout,
} from 'aws-cdk-lib/aws-stepfunctions';
import { LambdaInvoke } from 'aws-cdk-lib/aws-stepfunctions-tasks';
import { Construct } from 'constructs';
import { PaymentError } from '../../../lambdas/contracts/payment-commands.ts';
import { STOCK_OUTCOME_SECONDS_MAX } from '../../../lambdas/shared/events/delivery.ts';
import type { Config } from '../../config.ts';
import type { ServiceFunction } from '../compute/service-function.ts';
import type { Alarms } from '../monitoring/alarms.ts';
import { SagaMachine } from './saga-machine.ts';

/** The functions that do the saga's steps. */
export type SagaSteps = {
  readonly authorizePayment: ServiceFunction;
  readonly confirmOrder: ServiceFunction;
  readonly capturePayment: ServiceFunction;
  readonly rejectPayment: ServiceFunction;
  readonly beginCancellation: ServiceFunction;
  readonly returnPayment: ServiceFunction;
  readonly releaseStock: ServiceFunction;
  readonly concludeCancellation: ServiceFunction;
  readonly parkOrder: ServiceFunction;
};

/** As long as all deliveries of OrderConfirmed and of the outcome take at worst: no receive comes too late to help the order. */
const STOCK_OUTCOME_TIMEOUT = Duration.seconds(STOCK_OUTCOME_SECONDS_MAX);
/** Beyond all retries of all steps. */
const SAGA_TIMEOUT = Duration.hours(1);
const RETRIES_MAX = 3;
const COMPENSATION_RETRIES_MAX = 5;
const RETRY_INTERVAL = Duration.seconds(1);

const order = {
  'orderId.$': '$.orderId',
  'attempt.$': '$.attempt',
  'correlationId.$': '$.correlationId',
};
const whole: CatchProps = { errors: [Errors.ALL], resultPath: '$.error' };

/**
 * The two sagas of an order. ProcessOrder has three states on its good path, and what is captured is completed by its event
 * (docs/adr/0019-complete-orders-from-payment-captured.md); whatever fails in it leads to the compensation, which is all of CancelOrder: money and stock are given back each on its own, then the order is cancelled; what could not
 * be given back parks it as NEEDS_ATTENTION, and the execution fails, which raises an alarm.
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
    this.processOrder = machine('ProcessOrder', processing);
    this.cancelOrder = machine('CancelOrder', compensation);
  }
}

function processing(scope: Construct, steps: SagaSteps): IChainable {
  const undo = beginning(scope, steps);

  const reject = step(scope, 'RejectPayment', steps.rejectPayment, {
    ...order,
    'error.$': '$.error',
  });
  retried(reject).addCatch(undo, whole);

  const authorize = step(scope, 'AuthorizePayment', steps.authorizePayment, {
    ...order,
    'total.$': '$.total',
    'paymentMethod.$': '$.paymentMethod',
  });
  const refusals = [PaymentError.declined, PaymentError.requiresAction];
  retried(authorize, ...refusals)
    .addCatch(reject, { errors: refusals, resultPath: '$.error' })
    .addCatch(undo, whole);

  const confirm = new LambdaInvoke(scope, 'ConfirmOrder', {
    stateName: 'ConfirmOrder',
    lambdaFunction: steps.confirmOrder.live,
    integrationPattern: IntegrationPattern.WAIT_FOR_TASK_TOKEN,
    payload: TaskInput.fromObject({ ...order, taskToken: JsonPath.taskToken }),
    resultPath: JsonPath.DISCARD,
    taskTimeout: Timeout.duration(STOCK_OUTCOME_TIMEOUT),
    retryOnServiceExceptions: false,
  });
  retried(confirm, 'StockCommitFailed', 'OrderOutOfStep', Errors.TIMEOUT).addCatch(undo, whole);

  const capture = step(scope, 'CapturePayment', steps.capturePayment, order);
  retried(capture, PaymentError.captureFailed).addCatch(undo, whole);

  return authorize.next(confirm).next(capture);
}

/** From here no step of the good path can go on; unless the order was completed after all, and only the capture's answer was lost. */
function beginning(scope: Construct, steps: SagaSteps): LambdaInvoke {
  const begin = step(scope, 'BeginCancellation', steps.beginCancellation, {
    ...order,
    'error.$': '$.error',
  });
  const completed = new Succeed(scope, 'AlreadyCompleted', { stateName: 'AlreadyCompleted' });
  const { chain, park } = compensating(scope, steps);
  retried(begin, 'OrderAlreadyCompleted', 'OrderOutOfStep')
    .addCatch(completed, { errors: ['OrderAlreadyCompleted'], resultPath: '$.error' })
    .addCatch(park, whole);
  begin.next(chain);
  return begin;
}

const compensation = (scope: Construct, steps: SagaSteps): IChainable =>
  compensating(scope, steps).chain;

function compensating(
  scope: Construct,
  steps: SagaSteps,
): { chain: IChainable; park: LambdaInvoke } {
  const needsAttention = new Fail(scope, 'NeedsAttention', {
    stateName: 'NeedsAttention',
    error: 'OrderNeedsAttention',
    cause: 'Something could not be undone; the order is parked.',
  });
  const park = step(scope, 'ParkOrder', steps.parkOrder, {
    ...order,
    'error.$': '$.error',
  });
  retried(park, 'OrderOutOfStep').next(needsAttention);
  const parkUndone = step(scope, 'ParkUndoneOrder', steps.parkOrder, {
    ...order,
    'money.$': '$.compensation[0]',
    'stock.$': '$.compensation[1]',
  });
  retried(parkUndone, 'OrderOutOfStep').next(needsAttention);

  const conclude = step(scope, 'ConcludeCancellation', steps.concludeCancellation, {
    ...order,
    'returned.$': '$.compensation[0].status',
  });
  const parkUnconcluded = step(scope, 'ParkUnconcludedOrder', steps.parkOrder, {
    ...order,
    'error.$': '$.error',
    'money.$': '$.compensation[0]',
    'stock.$': '$.compensation[1]',
  });
  retried(parkUnconcluded, 'OrderOutOfStep').next(needsAttention);
  retried(conclude).addCatch(parkUnconcluded, whole);

  const undo = new Parallel(scope, 'Undo', { stateName: 'Undo', resultPath: '$.compensation' })
    .branch(
      undoing(scope, 'ReturnPayment', steps.returnPayment, { 'status.$': '$.Payload.status' }),
    )
    .branch(undoing(scope, 'ReleaseStock', steps.releaseStock, { status: 'RELEASED' }));
  undo.addCatch(park, whole);
  const isUndone = new Choice(scope, 'IsUndone', { stateName: 'IsUndone' })
    .when(
      Condition.or(
        Condition.isPresent('$.compensation[0].error'),
        Condition.isPresent('$.compensation[1].error'),
      ),
      parkUndone,
    )
    .otherwise(conclude);
  return { chain: undo.next(isUndone), park };
}

/** A compensating step: when it fails for good, its branch still ends well and tells of it, so that the other goes on. */
function undoing(
  scope: Construct,
  name: string,
  handler: ServiceFunction,
  resultSelector: { readonly [key: string]: string },
): IChainable {
  const failed = new Pass(scope, `${name}Failed`, {
    stateName: `${name}Failed`,
    parameters: { 'error.$': '$.error' },
  });
  const task = new LambdaInvoke(scope, name, {
    stateName: name,
    lambdaFunction: handler.live,
    payload: TaskInput.fromObject(order),
    resultSelector,
    retryOnServiceExceptions: false,
  });
  task.addRetry({
    errors: [Errors.ALL],
    interval: RETRY_INTERVAL,
    backoffRate: 2,
    maxAttempts: COMPENSATION_RETRIES_MAX,
  });
  return task.addCatch(failed, whole);
}

/** A step that leaves the saga's input as it is. */
const step = (
  scope: Construct,
  name: string,
  handler: ServiceFunction,
  payload: { readonly [key: string]: string },
): LambdaInvoke =>
  new LambdaInvoke(scope, name, {
    stateName: name,
    lambdaFunction: handler.live,
    payload: TaskInput.fromObject(payload),
    resultPath: JsonPath.DISCARD,
    retryOnServiceExceptions: false,
  });

/** Retries every fault, which each step bears, but no refusal. */
function retried(task: LambdaInvoke, ...refusals: readonly string[]): LambdaInvoke {
  if (refusals.length > 0) task.addRetry({ errors: [...refusals], maxAttempts: 0 });
  task.addRetry({
    errors: [Errors.ALL],
    interval: RETRY_INTERVAL,
    backoffRate: 2,
    maxAttempts: RETRIES_MAX,
    jitterStrategy: JitterType.FULL,
  });
  return task;
}
