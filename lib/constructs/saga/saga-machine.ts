import { ArnFormat, type Duration, RemovalPolicy, Stack, Validations } from 'aws-cdk-lib';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import {
  DefinitionBody,
  type IChainable,
  LogLevel,
  QueryLanguage,
  StateMachine,
  StateMachineType,
} from 'aws-cdk-lib/aws-stepfunctions';
import type { Construct } from 'constructs';
import type { Config } from '../../config.ts';
import type { Alarms } from '../monitoring/alarms.ts';
import { vendedLogGroupName } from '../monitoring/vended-logs.ts';

export type SagaMachineProps = {
  readonly config: Config;
  readonly definition: IChainable;
  readonly timeout: Duration;
  readonly alarms: Alarms;
};

/** A Standard state machine with traces, logs and an alarm for each unsuccessful end. */
export class SagaMachine extends StateMachine {
  constructor(
    scope: Construct,
    id: string,
    { config, definition, timeout, alarms }: SagaMachineProps,
  ) {
    super(scope, id, {
      stateMachineType: StateMachineType.STANDARD,
      queryLanguage: QueryLanguage.JSON_PATH,
      definitionBody: DefinitionBody.fromChainable(definition),
      timeout,
      tracingEnabled: true,
      logs: {
        destination: new LogGroup(scope, `${id}Logs`, {
          logGroupName: vendedLogGroupName(config.stage, `sagas/${id}`),
          retention: config.logRetentionDays,
          removalPolicy: RemovalPolicy.DESTROY,
        }),
        // Only errors are logged: Step Functions keeps the history of successful executions for 90
        // days.
        // https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html#service-limits-state-machine-executions
        level: LogLevel.ERROR,
        // The execution data is not logged, because the input of the steps contains the payment
        // method.
        includeExecutionData: false,
      },
    });
    Validations.of(this).acknowledge({
      id: 'AwsSolutions-IAM5',
      reason: 'The actions for the delivery of logs and traces support only the resource `*`.',
    });
    Validations.of(this).acknowledge({
      id: 'AwsSolutions-SF1',
      reason: 'Errors are logged. The execution history has everything else at no cost.',
    });
    // Exported explicitly: only stages with a dashboard import it, and exports must not depend on
    // that.
    Stack.of(this).exportValue(this.stateMachineArn);
    const endings = {
      Failed: this.metricFailed(),
      TimedOut: this.metricTimedOut(),
      Aborted: this.metricAborted(),
    };
    for (const [ending, metric] of Object.entries(endings))
      alarms.createAlarm(scope, `${id}${ending}`, {
        metric,
        level: 'essential',
        description: `An execution of ${id} ended as ${ending}. Its order needs attention.`,
        runbook: 'SAGA_FAILED',
      });
  }

  /** ARN pattern for all executions of the machine. */
  get executionsArn(): string {
    return this.stack.formatArn({
      service: 'states',
      resource: 'execution',
      resourceName: `${this.stateMachineName}:*`,
      arnFormat: ArnFormat.COLON_RESOURCE_NAME,
    });
  }
}
