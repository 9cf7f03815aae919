import path from 'node:path';
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

/** Metric filters cannot add the stage as a dimension, so it is part of the namespace. */
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
 * Timeout of a consumer on the path of an order. After a crash, its message is received again after
 * six of these timeouts.
 */
export const EVENT_CONSUMER_TIMEOUT = Duration.seconds(EVENT_CONSUMER_SECONDS);
/** Timeout of a function that runs each minute: no longer, so that its runs do not overlap. */
export const LOOK_TIMEOUT = Duration.minutes(1);
/** Timeout of a worker that processes page after page and sends the rest to itself. */
export const WORK_TIMEOUT = Duration.minutes(3);

/**
 * A Lambda function of Stockbook: Node 24 on arm64, traced together with its caller, with its own
 * log group and only the permissions that are granted to it.
 */
export class ServiceFunction extends LambdaFunction {
  /**
   * Alias `live`, which every caller invokes. Its ARN is the same for every version and every
   * rollout.
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
      // Text that `logger.error` writes for an UnreadableRecordError
      // (lambdas/shared/core/unreadable-record.ts).
      filterPattern: FilterPattern.stringValue('$.error.name', '=', 'UnreadableRecordError'),
    });
    // Explicit, because the CDK's default role may write to every log group of the account.
    const role = new Role(scope, `${id}Role`, {
      assumedBy: new ServicePrincipal('lambda.amazonaws.com'),
    });
    super(scope, id, {
      role,
      runtime: Runtime.NODEJS_24_X,
      architecture: Architecture.ARM_64,
      // The name of a bundle's folder is a hash of its content.
      code: Code.fromAsset(folder, { assetHash: path.basename(folder) }),
      handler: 'index.handler',
      memorySize: config.memoryMegabytes,
      tracing: Tracing.PASS_THROUGH,
      timeout: ends,
      ...(recursiveLoop === undefined ? {} : { recursiveLoop }),
      environment: { STAGE: config.stage, ...environment },
      logGroup,
      // At WARN, Lambda does not log START, END and REPORT, which are most lines and are also
      // available as metrics. Failures are logged.
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
   * Starts a trace for a part of the invocations, five in a hundred, because Lambda supports no
   * sampling rule. Use it for functions that people and services call, and for sagas. Most
   * invocations come from streams and queues, and would start traces of a single function. The
   * first page lists the services with sampling rules.
   * https://docs.aws.amazon.com/xray/latest/devguide/xray-console-sampling.html
   * https://docs.aws.amazon.com/lambda/latest/dg/services-xray.html
   */
  enableActiveTracing(): void {
    (this.node.defaultChild as CfnFunction).tracingConfig = { mode: Tracing.ACTIVE };
  }

  /** Returns whether one of the actions is allowed on the resource. */
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
