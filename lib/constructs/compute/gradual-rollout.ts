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

const CONFIGS = {
  canary: LambdaDeploymentConfig.CANARY_10PERCENT_5MINUTES,
  linear: LambdaDeploymentConfig.LINEAR_10PERCENT_EVERY_1MINUTE,
};
/** Every function has this alias, with every rollout. Callers invoke it, and a running saga keeps its ARN. docs/adr/0034 */
const ALIAS = 'live';
/** Errors in a minute. */
const ERRORS_MIN = 3;
/** Share of the new version's invocations. A step of a saga throws when it refuses (a card was declined), so single errors are normal. */
const ERROR_SHARE_MAX = 0.5;

/**
 * Returns the alias through which a function is invoked. With `allAtOnce` it moves to a new version at once. Otherwise CodeDeploy moves it
 * gradually, and turns it back, and the stack with it, when the new version's invocations end in errors.
 * https://docs.aws.amazon.com/lambda/latest/dg/configuring-alias-routing.html
 */
export function liveAlias(of: LambdaFunction, rollout: Rollout, throwsRefusals: boolean): Alias {
  const version = of.currentVersion;
  // The CDK's classes say `IRole | undefined` where its interfaces say `IRole?`.
  const alias = new Alias(of, 'Live', { aliasName: ALIAS, version: version as IVersion });
  if (rollout !== 'allAtOnce') rollOutGradually(of, alias, rollout, throwsRefusals);
  return alias;
}

function rollOutGradually(
  of: LambdaFunction,
  alias: Alias,
  rollout: Exclude<Rollout, 'allAtOnce'>,
  throwsRefusals: boolean,
): void {
  const ofVersion = (metricName: string) =>
    new Metric({
      namespace: 'AWS/Lambda',
      metricName,
      statistic: Stats.SUM,
      period: Duration.minutes(1),
      // https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-types.html: the version that a weighted alias chose
      dimensionsMap: {
        FunctionName: of.functionName,
        Resource: `${of.functionName}:${ALIAS}`,
        ExecutedVersion: of.currentVersion.version,
      },
    });
  const failing = new Alarm(of, 'RolloutFails', {
    alarmDescription:
      'The version that is being rolled out ends in errors, and is turned back. docs/runbook/bad-deployment.md says what to do.',
    // Each metric of an alarm is billed. An error of most functions is a defect or an outage, whatever else was invoked.
    ...(throwsRefusals
      ? { metric: failingShare(ofVersion), threshold: 1 }
      : { metric: ofVersion('Errors'), threshold: ERRORS_MIN }),
    evaluationPeriods: 1,
    comparisonOperator: ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
    treatMissingData: TreatMissingData.NOT_BREACHING,
  });
  const { application, role } = Deployments.of(of);
  new LambdaDeploymentGroup(of, 'Rollout', {
    application,
    role,
    alias,
    alarms: [failing],
    deploymentConfig: CONFIGS[rollout],
    autoRollback: { failedDeployment: true, stoppedDeployment: true, deploymentInAlarm: true },
  });
}

const failingShare = (ofVersion: (metricName: string) => Metric) =>
  new MathExpression({
    expression: `IF(errors >= ${ERRORS_MIN} AND errors >= invocations * ${ERROR_SHARE_MAX}, 1, 0)`,
    usingMetrics: { errors: ofVersion('Errors'), invocations: ofVersion('Invocations') },
    period: Duration.minutes(1),
  });

const ID = 'Deployments';

/** What all functions of a stack are deployed by. */
class Deployments extends Construct {
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
        'What CodeDeploy needs to shift an alias and to read alarms is what AWS keeps in this policy.',
    });
  }

  static of(within: Construct): Deployments {
    const stack = Stack.of(within);
    const known = stack.node.tryFindChild(ID);
    return known instanceof Deployments ? known : new Deployments(stack);
  }
}
