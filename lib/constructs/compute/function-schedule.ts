import { Aws } from 'aws-cdk-lib';
import { type IRole, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { CfnFunction } from 'aws-cdk-lib/aws-lambda';
import {
  ContextAttribute,
  Schedule,
  type ScheduleExpression,
  ScheduleTargetInput,
} from 'aws-cdk-lib/aws-scheduler';
import { LambdaInvoke } from 'aws-cdk-lib/aws-scheduler-targets';
import { Construct } from 'constructs';
import { asInterface } from '../as-interface.ts';
import { DeadLetterQueue } from '../messaging/dead-letter-queue.ts';
import type { ServiceFunction } from './service-function.ts';

export type FunctionScheduleProps = {
  readonly expression: ScheduleExpression;
  readonly description: string;
  readonly target: ServiceFunction;
  /** @default true */
  readonly isEnabled?: boolean;
};

const RETRIES_MAX = 10;

/**
 * Invokes a function on a schedule, with the scheduled time as its input. A run is kept in a DLQ if
 * Scheduler could not invoke the function, and also if the function failed. Scheduler invokes
 * asynchronously, so Lambda retries errors of the function (twice) and then sends the run to the
 * function's own DLQ.
 * https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html
 */
export class FunctionSchedule extends Construct {
  readonly deadLetterQueue: DeadLetterQueue;

  constructor(
    scope: Construct,
    id: string,
    { expression, description, target, isEnabled = true }: FunctionScheduleProps,
  ) {
    super(scope, id);
    const undelivered = new DeadLetterQueue(this, 'Undelivered', {
      kind: 'schedule',
      contents: `Runs: ${description}`,
    });
    this.deadLetterQueue = undelivered;
    undelivered.redriveTarget = { consumer: target };
    // Set here, because the CDK accepts this queue only when it creates the function, before its
    // schedule exists.
    (target.node.defaultChild as CfnFunction).deadLetterConfig = {
      targetArn: undelivered.queueArn,
    };
    target.allow(undelivered.queueArn, 'sqs:SendMessage');
    // https://docs.aws.amazon.com/scheduler/latest/UserGuide/cross-service-confused-deputy-prevention.html
    const role = new Role(this, 'Role', {
      assumedBy: new ServicePrincipal('scheduler.amazonaws.com', {
        conditions: { StringEquals: { 'aws:SourceAccount': Aws.ACCOUNT_ID } },
      }),
    });
    new Schedule(this, 'Schedule', {
      schedule: expression,
      description,
      enabled: isEnabled,
      target: new LambdaInvoke(target.liveAlias, {
        input: ScheduleTargetInput.fromObject({ scheduledTime: ContextAttribute.scheduledTime }),
        role: asInterface<IRole>(role),
        retryAttempts: RETRIES_MAX,
        deadLetterQueue: undelivered,
      }),
    });
  }
}
