import { Duration, RemovalPolicy, Validations } from 'aws-cdk-lib';
import { Effect, PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import {
  ApplicationLogLevel,
  Architecture,
  type CfnFunction,
  Code,
  type IFunction,
  Function as LambdaFunction,
  LoggingFormat,
  type RecursiveLoop,
  Runtime,
  SystemLogLevel,
  Tracing,
} from 'aws-cdk-lib/aws-lambda';
import { FilterPattern, LogGroup } from 'aws-cdk-lib/aws-logs';
import type { Construct } from 'constructs';
import { EVENT_CONSUMER_SECONDS } from '../../../lambdas/shared/events/delivery-times.ts';
import type { Bundles } from '../../bundling/bundle-lambdas.ts';
import type { Config } from '../../config.ts';
import { asInterface } from '../as-interface.ts';
import { createLiveAlias } from './gradual-rollout.ts';

/** A filter of logs knows no stage, so the namespace has it. */
export const unreadableNamespace = (stage: string): string => `Stockbook/${stage}`;
export const UNREADABLE_METRIC = 'RecordsUnreadable';

export type ServiceFunctionProps = {
  readonly config: Config;
  readonly bundles: Bundles;
  /** `<context>/<handler>`, a file of lambdas/. */
  readonly handler: string;
  readonly environment?: Readonly<Record<string, string>>;
  /** @default 10 seconds: longer than the SDK's own attempts, shorter than API Gateway's 30 */
  readonly timeout?: Duration;
  /** @default Lambda stops a function that is invoked about 16 times in one chain of requests */
  readonly recursiveLoop?: RecursiveLoop;
  /**
   * True for a step of a saga, which throws for a rejection: its errors alone do not mean a defect.
   * @default false
   */
  readonly throwsBusinessErrors?: boolean;
};

export const HTTP_TIMEOUT = Duration.seconds(10);
/** Timeout for a page of an audit. API Gateway waits for at most 30 seconds. */
export const AUDIT_TIMEOUT = Duration.seconds(29);
export const CONSUMER_TIMEOUT = Duration.seconds(30);
/**
 * A consumer on the path of an order: after a crash its message comes back when six of these are
 * over.
 */
export const EVENT_CONSUMER_TIMEOUT = Duration.seconds(EVENT_CONSUMER_SECONDS);
/** A worker that goes on page after page, and sends itself what is left. */
export const WORK_TIMEOUT = Duration.minutes(3);

/**
 * A Lambda function of Stockbook: Node 24 on arm64, traced with what invokes it, its own log group,
 * and no permission but what is granted to it.
 */
export class ServiceFunction extends LambdaFunction {
  /**
   * The alias `live`, which every caller invokes: its ARN stays the same with every version and
   * every rollout.
   */
  readonly liveAlias: IFunction;
  readonly timeoutSeconds: number;
  readonly #grants: { readonly resourceArn: string; readonly actions: readonly string[] }[] = [];
  readonly #role: Role;

  constructor(scope: Construct, id: string, props: ServiceFunctionProps) {
    const {
      config,
      bundles,
      handler,
      environment,
      timeout,
      recursiveLoop,
      throwsBusinessErrors = false,
    } = props;
    const folder = bundles.get(handler);
    if (folder === undefined) throw new Error(`There is no handler ${handler} in lambdas/.`);
    const ends = timeout ?? HTTP_TIMEOUT;
    const logGroup = new LogGroup(scope, `${id}Logs`, {
      retention: config.logRetentionDays,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    logGroup.addMetricFilter('UnreadableRecords', {
      metricNamespace: unreadableNamespace(config.stage),
      metricName: UNREADABLE_METRIC,
      metricValue: '1',
      // What `log.error` writes of an UnreadableRecord: lambdas/shared/core/unreadable-record.ts.
      filterPattern: FilterPattern.stringValue('$.error.name', '=', 'UnreadableRecordError'),
    });
    // Without a role, the CDK gives one that may write to every log group of the account.
    const role = new Role(scope, `${id}Role`, {
      assumedBy: new ServicePrincipal('lambda.amazonaws.com'),
    });
    super(scope, id, {
      role,
      runtime: Runtime.NODEJS_24_X,
      architecture: Architecture.ARM_64,
      code: Code.fromAsset(folder),
      handler: 'index.handler',
      memorySize: config.memoryMegabytes,
      tracing: Tracing.PASS_THROUGH,
      timeout: ends,
      ...(recursiveLoop === undefined ? {} : { recursiveLoop }),
      environment: { STAGE: config.stage, ...environment },
      logGroup,
      // At WARN, Lambda does not log START, END and REPORT, which are most lines and are metrics
      // too. Failures are logged.
      // https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs-log-level.html
      loggingFormat: LoggingFormat.JSON,
      systemLogLevelV2: SystemLogLevel.WARN,
      applicationLogLevelV2: ApplicationLogLevel.INFO,
    });
    this.allow(logGroup.logGroupArn, 'logs:CreateLogStream', 'logs:PutLogEvents');
    this.timeoutSeconds = ends.toSeconds();
    this.#role = role;
    this.liveAlias = asInterface<IFunction>(
      createLiveAlias(this, config.rollout, throwsBusinessErrors),
    );
    Validations.of(role).acknowledge({
      id: 'AwsSolutions-IAM5[Resource::*]',
      reason:
        'X-Ray supports only the resource `*` for sending traces. test/infra/security/permissions.test.ts lists every permission.',
    });
  }

  /**
   * Begins a trace at a part of its invocations, five in a hundred: Lambda takes no sampling rule.
   * The functions that people and services ask do, and sagas; what a stream or a queue invokes
   * would begin traces of one function each, and those are most invocations.
   * https://docs.aws.amazon.com/xray/latest/devguide/xray-console-sampling.html names who takes
   * sampling rules
   * https://docs.aws.amazon.com/lambda/latest/dg/services-xray.html
   */
  enableActiveTracing(): void {
    (this.node.defaultChild as CfnFunction).tracingConfig = { mode: Tracing.ACTIVE };
  }

  /** True where one of the actions was allowed on the resource. */
  canPerformAny(resourceArn: string, actions: readonly string[]): boolean {
    return this.#grants.some(
      (grant) =>
        grant.resourceArn === resourceArn &&
        grant.actions.some((action) => actions.includes(action)),
    );
  }

  get roleArn(): string {
    return this.#role.roleArn;
  }

  /** Allows single actions on single resources. */
  allow(resourceArn: string, ...actions: readonly string[]): this {
    if (resourceArn.includes('*'))
      Validations.of(this.#role).acknowledge({
        id: 'AwsSolutions-IAM5',
        reason:
          'The wildcard covers an id in a path, or the executions of one state machine. test/infra/security/permissions.test.ts lists every permission.',
      });
    this.#grants.push({ resourceArn, actions });
    this.addToRolePolicy(
      new PolicyStatement({
        effect: Effect.ALLOW,
        actions: [...actions],
        resources: [resourceArn],
      }),
    );
    return this;
  }
}
