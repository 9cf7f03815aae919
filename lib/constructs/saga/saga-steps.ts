import { Duration } from 'aws-cdk-lib';
import {
  type CatchProps,
  Errors,
  type IChainable,
  JitterType,
  JsonPath,
  Pass,
  TaskInput,
} from 'aws-cdk-lib/aws-stepfunctions';
import { LambdaInvoke } from 'aws-cdk-lib/aws-stepfunctions-tasks';
import type { Construct } from 'constructs';
import type { ServiceFunction } from '../compute/service-function.ts';

const RETRIES_MAX = 3;
const COMPENSATION_RETRIES_MAX = 5;
const RETRY_INTERVAL = Duration.seconds(1);

/** Input of every step. */
export const ORDER_INPUT = {
  'orderId.$': '$.orderId',
  'attempt.$': '$.attempt',
  'correlationId.$': '$.correlationId',
};

/** Catches every error, and adds it to the input. */
export const CATCH_ALL: CatchProps = { errors: [Errors.ALL], resultPath: '$.error' };

/**
 * Creates a branch of the compensation. A step that fails permanently still ends its branch
 * successfully, with the error in its output, so that the other branch continues.
 */
export function createCompensationBranch(
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
    lambdaFunction: handler.liveAlias,
    payload: TaskInput.fromObject(ORDER_INPUT),
    resultSelector,
    retryOnServiceExceptions: false,
  });
  task.addRetry({
    errors: [Errors.ALL],
    interval: RETRY_INTERVAL,
    backoffRate: 2,
    maxAttempts: COMPENSATION_RETRIES_MAX,
  });
  return task.addCatch(failed, CATCH_ALL);
}

/** Creates a step that leaves the saga's input unchanged. */
export const createStep = (
  scope: Construct,
  name: string,
  handler: ServiceFunction,
  payload: { readonly [key: string]: string },
): LambdaInvoke =>
  new LambdaInvoke(scope, name, {
    stateName: name,
    lambdaFunction: handler.liveAlias,
    payload: TaskInput.fromObject(payload),
    resultPath: JsonPath.DISCARD,
    retryOnServiceExceptions: false,
  });

/** Retries every error except business errors. Each step is idempotent. */
export function addRetries(task: LambdaInvoke, ...businessErrors: readonly string[]): LambdaInvoke {
  if (businessErrors.length > 0) task.addRetry({ errors: [...businessErrors], maxAttempts: 0 });
  task.addRetry({
    errors: [Errors.ALL],
    interval: RETRY_INTERVAL,
    backoffRate: 2,
    maxAttempts: RETRIES_MAX,
    jitterStrategy: JitterType.FULL,
  });
  return task;
}
