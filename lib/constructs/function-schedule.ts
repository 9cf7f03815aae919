import { Validations } from 'aws-cdk-lib';
import { type IRole, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import {
  ContextAttribute,
  Schedule,
  type ScheduleExpression,
  ScheduleTargetInput,
} from 'aws-cdk-lib/aws-scheduler';
import { LambdaInvoke } from 'aws-cdk-lib/aws-scheduler-targets';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import { Construct } from 'constructs';
import { DeadLetterQueue } from './dead-letter-queue.ts';
import type { ServiceFunction } from './service-function.ts';

export type FunctionScheduleProps = {
  readonly expression: ScheduleExpression;
  readonly description: string;
  readonly target: ServiceFunction;
  readonly alarms: ITopic;
};

const RETRIES_MAX = 10;

/** Invokes a function on time, with the time for which it was scheduled; what could not be invoked waits in a DLQ. */
export class FunctionSchedule extends Construct {
  constructor(
    scope: Construct,
    id: string,
    { expression, description, target, alarms }: FunctionScheduleProps,
  ) {
    super(scope, id);
    const undelivered = new DeadLetterQueue(this, 'Undelivered', {
      alarms,
      kind: 'schedule',
      holds: `Runs of "${description}"`,
    });
    undelivered.target = { consumer: target };
    const role = new Role(this, 'Role', { assumedBy: new ServicePrincipal('scheduler.amazonaws.com') });
    Validations.of(role).acknowledge({ id: 'AwsSolutions-IAM5', reason: 'Any version of its one function.' });
    new Schedule(this, 'Schedule', {
      schedule: expression,
      description,
      target: new LambdaInvoke(target.live, {
        input: ScheduleTargetInput.fromObject({ scheduledTime: ContextAttribute.scheduledTime }),
        role: role as IRole,
        retryAttempts: RETRIES_MAX,
        deadLetterQueue: undelivered,
      }),
    });
  }
}
