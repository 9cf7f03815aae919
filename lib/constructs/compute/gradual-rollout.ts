import { Duration, Stack, Validations } from 'aws-cdk-lib';
import {
  Alarm,
  ComparisonOperator,
  MathExpression,
  Metric,
  Stats,
  TreatMissingData,
} from 'aws-cdk-lib/aws-cloudwatch';
import {
  LambdaApplication,
  LambdaDeploymentConfig,
  LambdaDeploymentGroup,
} from 'aws-cdk-lib/aws-codedeploy';
import { ManagedPolicy, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Alias, type IVersion, type Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import { Construct } from 'constructs';
import type { Rollout } from '../../config/deployment.ts';
import { asInterface } from '../as-interface.ts';

const DEPLOYMENT_CONFIGS = {
  canary: LambdaDeploymentConfig.CANARY_10PERCENT_5MINUTES,
  linear: LambdaDeploymentConfig.LINEAR_10PERCENT_EVERY_1MINUTE,
};
/**
 * Every function has this alias, with every rollout. Callers invoke it, and a running saga keeps
 * its ARN. docs/adr/0034
 */
const ALIAS_NAME = 'live';
/** Number of errors in a minute from which a deployment is rolled back. */
const ROLLBACK_ERRORS_MIN = 3;
/**
 * Share of the new version's invocations. A step of a saga throws for a
 * rejection (for example a declined card), so single errors are normal.
 */
const ROLLBACK_ERROR_SHARE_MIN = 0.5;

/**
 * Returns the alias through which a function is invoked. With `allAtOnce` it moves to a new version
 * immediately. Otherwise CodeDeploy moves it gradually. If the new version's invocations fail,
 * CodeDeploy rolls back the alias and the stack.
 * https://docs.aws.amazon.com/lambda/latest/dg/configuring-alias-routing.html
 */
export function createLiveAlias(
  lambdaFunction: LambdaFunction,
  rollout: Rollout,
  throwsBusinessErrors: boolean,
): Alias {
  const version = lambdaFunction.currentVersion;
  const alias = new Alias(lambdaFunction, 'Live', {
    aliasName: ALIAS_NAME,
    version: asInterface<IVersion>(version),
  });
  if (rollout !== 'allAtOnce')
    addGradualRollout(lambdaFunction, alias, rollout, throwsBusinessErrors);
  return alias;
}

function addGradualRollout(
  lambdaFunction: LambdaFunction,
  alias: Alias,
  rollout: Exclude<Rollout, 'allAtOnce'>,
  throwsBusinessErrors: boolean,
): void {
  const versionMetric = (metricName: string) =>
    new Metric({
      namespace: 'AWS/Lambda',
      metricName,
      statistic: Stats.SUM,
      period: Duration.minutes(1),
      // The version that a weighted alias chose:
      // https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-types.html:
      dimensionsMap: {
        FunctionName: lambdaFunction.functionName,
        Resource: `${lambdaFunction.functionName}:${ALIAS_NAME}`,
        ExecutedVersion: lambdaFunction.currentVersion.version,
      },
    });
  const rollbackAlarm = new Alarm(lambdaFunction, 'RolloutFails', {
    alarmDescription:
      'The new version fails; CodeDeploy rolls it back. See docs/runbook/bad-deployment.md.',
    // Each metric of an alarm is billed. An error of most functions is a defect or an outage, so
    // the number of invocations does not matter.
    ...(throwsBusinessErrors
      ? { metric: errorShareMetric(versionMetric), threshold: 1 }
      : { metric: versionMetric('Errors'), threshold: ROLLBACK_ERRORS_MIN }),
    evaluationPeriods: 1,
    comparisonOperator: ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
    treatMissingData: TreatMissingData.NOT_BREACHING,
  });
  const { application, role } = CodeDeployApplication.of(lambdaFunction);
  new LambdaDeploymentGroup(lambdaFunction, 'Rollout', {
    application,
    role,
    alias,
    alarms: [rollbackAlarm],
    deploymentConfig: DEPLOYMENT_CONFIGS[rollout],
    autoRollback: { failedDeployment: true, stoppedDeployment: true, deploymentInAlarm: true },
  });
}

const errorShareMetric = (versionMetric: (metricName: string) => Metric) =>
  new MathExpression({
    expression: `IF(errors >= ${ROLLBACK_ERRORS_MIN} AND errors >= invocations * ${ROLLBACK_ERROR_SHARE_MIN}, 1, 0)`,
    usingMetrics: { errors: versionMetric('Errors'), invocations: versionMetric('Invocations') },
    period: Duration.minutes(1),
  });

const ID = 'CodeDeploy';

/** CodeDeploy application and role of all functions of a stack. */
class CodeDeployApplication extends Construct {
  readonly application: LambdaApplication;
  readonly role: Role;

  private constructor(scope: Stack) {
    super(scope, ID);
    this.application = new LambdaApplication(this, 'Application');
    this.role = new Role(this, 'Role', {
      assumedBy: new ServicePrincipal('codedeploy.amazonaws.com'),
      managedPolicies: [
        ManagedPolicy.fromAwsManagedPolicyName('service-role/AWSCodeDeployRoleForLambdaLimited'),
      ],
    });
    Validations.of(this.role).acknowledge({
      id: 'AwsSolutions-IAM4',
      reason:
        'AWS maintains this policy with the permissions that CodeDeploy needs to shift aliases and read alarms.',
    });
  }

  static of(within: Construct): CodeDeployApplication {
    const stack = Stack.of(within);
    const known = stack.node.tryFindChild(ID);
    return known instanceof CodeDeployApplication ? known : new CodeDeployApplication(stack);
  }
}
