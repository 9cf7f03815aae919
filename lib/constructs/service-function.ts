import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import { Effect, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { Architecture, Code, Function as LambdaFunction, Runtime } from 'aws-cdk-lib/aws-lambda';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { Construct } from 'constructs';
import type { Bundles } from '../bundles.ts';

export type ServiceFunctionProps = {
  readonly bundles: Bundles;
  /** `<context>/<handler>`, a file of lambdas/. */
  readonly handler: string;
  readonly environment?: Readonly<Record<string, string>>;
  /** @default 10 seconds: longer than the SDK's own tries, shorter than API Gateway's 30 */
  readonly timeout?: Duration;
};

export const HTTP_TIMEOUT = Duration.seconds(10);
/** A page of an audit; API Gateway waits for 30 seconds at most. */
export const AUDIT_TIMEOUT = Duration.seconds(29);
export const CONSUMER_TIMEOUT = Duration.seconds(30);
/** A worker that goes on page after page, and sends itself what is left. */
export const WORK_TIMEOUT = Duration.minutes(3);
const MEMORY_MEGABYTES = 512;

/** A Lambda function of Stockbook: Node 24 on arm64, its own log group, and no permission but what is granted to it. */
export class ServiceFunction extends LambdaFunction {
  constructor(
    scope: Construct,
    id: string,
    { bundles, handler, environment, timeout }: ServiceFunctionProps,
  ) {
    const folder = bundles.get(handler);
    if (folder === undefined) throw new Error(`there is no handler ${handler} in lambdas/`);
    super(scope, id, {
      runtime: Runtime.NODEJS_24_X,
      architecture: Architecture.ARM_64,
      code: Code.fromAsset(folder),
      handler: 'index.handler',
      memorySize: MEMORY_MEGABYTES,
      timeout: timeout ?? HTTP_TIMEOUT,
      environment: { ...environment },
      logGroup: new LogGroup(scope, `${id}Logs`, {
        retention: RetentionDays.ONE_MONTH,
        removalPolicy: RemovalPolicy.DESTROY,
      }),
    });
  }

  /** Allows single actions on single resources. */
  allow(resourceArn: string, ...actions: readonly string[]): this {
    this.addToRolePolicy(
      new PolicyStatement({ effect: Effect.ALLOW, actions: [...actions], resources: [resourceArn] }),
    );
    return this;
  }
}
