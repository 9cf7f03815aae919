import { randomBytes } from 'node:crypto';
import { ACCOUNT_ID, region } from '../account.ts';
import { DEVELOPER_PRINCIPAL, type Principal } from '../api/iam-authorizer.ts';
import { statementsOf } from '../api/iam-policy.ts';
import type { Stack } from '../cloud-assembly/cloud-assembly.ts';
import type { Resources } from '../cloud-assembly/resources.ts';
import { UserError } from '../errors.ts';
import type { Faults } from '../faults/faults.ts';
import type { Admission } from './admission.ts';
import type { Invoke, InvokeResult } from './invoke.ts';
import { LocalFunction } from './local-function.ts';
import type { Observer } from './observation.ts';

export type FunctionSetOptions = {
  readonly logDirectory: string;
  /** Environment variables of every function, besides its own. */
  readonly environment: Readonly<Record<string, string>>;
  /** Receives an observation for each log line of a function. */
  readonly observe?: Observer | undefined;
  /** Injected faults. Default: none. */
  readonly faults?: Faults | undefined;
};

export type FunctionSet = {
  readonly invoke: Invoke;
  readonly invokeByLogicalId: (part: string, payload: unknown) => Promise<unknown>;
  /**
   * Returns the admission of a function, or undefined for an ARN that is not a function of the app.
   */
  readonly admissionOf: (functionArn: string) => Admission | undefined;
  /** Throws a UserError when `user` would invoke an ARN that is not a function of the app. */
  readonly requireFunction: (functionArn: string, user: string) => void;
  /** Callers that may sign requests, by access key: the developer and each function. */
  readonly principals: ReadonlyMap<string, Principal>;
  /**
   * Returns the name of the function that signs with an access key, or undefined for another access
   * key.
   */
  readonly functionOfAccessKey: (accessKeyId: string) => string | undefined;
  readonly stop: () => Promise<void>;
};

/** https://docs.aws.amazon.com/lambda/latest/api/API_CreateFunction.html */
const TIMEOUT_SECONDS_DEFAULT = 3;
const SECRET_BYTES = 20;
/** `arn:aws:lambda:<region>:<account>:function:<name>` */
const FUNCTION_ARN_PARTS = 7;

/** Creates all functions of the templates. A function starts with its first invocation. */
export function createFunctionSet(
  resources: Resources,
  stacks: readonly Stack[],
  options: FunctionSetOptions,
): FunctionSet {
  const assets = new Map(stacks.flatMap((stack) => [...stack.assets]));
  const functions = new Map<string, LocalFunction>();
  const functionsByLogicalId = new Map<string, LocalFunction>();
  const principals = new Map<string, Principal>([
    [DEVELOPER_PRINCIPAL.accessKeyId, DEVELOPER_PRINCIPAL],
  ]);
  const functionsByAccessKey = new Map<string, string>();

  for (const { name, logicalId, properties } of resources.ofType('AWS::Lambda::Function')) {
    const codePath = assets.get(properties.Code.S3Key);
    if (codePath === undefined)
      throw new Error(`function ${name}: no asset ${properties.Code.S3Key}`);
    const roleName = properties.Role.split('/').at(-1) ?? '';
    const principal = {
      accessKeyId: `LOCAL${randomBytes(SECRET_BYTES).toString('hex').toUpperCase().slice(0, 15)}`,
      secretAccessKey: randomBytes(SECRET_BYTES).toString('base64'),
      userArn: `arn:aws:sts::${ACCOUNT_ID}:assumed-role/${roleName}/${name}`,
      statements: statementsOf(resources, roleName),
    };
    principals.set(principal.accessKeyId, principal);
    functionsByAccessKey.set(principal.accessKeyId, name);
    const local = new LocalFunction(
      {
        name,
        codePath,
        handler: properties.Handler,
        timeoutSeconds: properties.Timeout ?? TIMEOUT_SECONDS_DEFAULT,
        environment: {
          ...options.environment,
          ...runtimeEnvironment(name, properties.Runtime, principal),
          ...properties.Environment?.Variables,
        },
        admission: {
          allowsLoop: properties.RecursiveLoop === 'Allow',
          reservedConcurrency: properties.ReservedConcurrentExecutions,
        },
      },
      options.logDirectory,
      options.observe,
    );
    functions.set(local.arn, local);
    functionsByLogicalId.set(logicalId, local);
  }

  const invokeOne = (
    local: LocalFunction,
    event: unknown,
    traceHeader?: string,
  ): Promise<InvokeResult> =>
    options.faults === undefined
      ? local.invoke(event, traceHeader)
      : options.faults.invoke({
          functionName: local.name,
          event,
          run: (how) => local.invoke(event, traceHeader, how),
        });

  return {
    principals,
    functionOfAccessKey: (accessKeyId) => functionsByAccessKey.get(accessKeyId),
    admissionOf: (functionArn) => functions.get(unqualifiedArnOf(functionArn))?.admission,
    requireFunction: (functionArn, user) => {
      if (!functions.has(unqualifiedArnOf(functionArn))) {
        throw new UserError(
          `${user}: the local runtime invokes functions of the app only, not ${functionArn}`,
        );
      }
    },
    invoke: (functionArn, event, traceHeader) => {
      const found = functions.get(unqualifiedArnOf(functionArn));
      if (found === undefined) throw new Error(`there is no function ${functionArn}`);
      return invokeOne(found, event, traceHeader);
    },
    invokeByLogicalId: async (part, payload) => {
      const found = [...functionsByLogicalId].filter(([logicalId]) => logicalId.includes(part));
      const [[logicalId, only] = ['', undefined], ...others] = found;
      if (only === undefined || others.length > 0) {
        throw new Error(`${found.length} functions have a logical id with ${part} in it`);
      }
      const result = await invokeOne(only, payload);
      if (result.ok) return result.payload;
      throw new Error(`${logicalId}: ${result.error.errorType}: ${result.error.errorMessage}`);
    },
    stop: async () => {
      await Promise.all([...functions.values()].map((local) => local.stop()));
    },
  };
}

/**
 *
 * https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html#configuration-envvars-runtime
 */
const runtimeEnvironment = (
  name: string,
  runtime: string,
  { accessKeyId, secretAccessKey }: Principal,
) => ({
  AWS_REGION: region(),
  AWS_DEFAULT_REGION: region(),
  AWS_ACCESS_KEY_ID: accessKeyId,
  AWS_SECRET_ACCESS_KEY: secretAccessKey,
  AWS_LAMBDA_FUNCTION_NAME: name,
  AWS_LAMBDA_FUNCTION_VERSION: '$LATEST',
  AWS_EXECUTION_ENV: `AWS_Lambda_${runtime.replace('.x', '')}`,
  // Otherwise the SDK would read the developer's own files, and use their endpoints and retries.
  AWS_CONFIG_FILE: '/dev/null',
  AWS_SHARED_CREDENTIALS_FILE: '/dev/null',
  NODE_OPTIONS: '',
  TZ: 'UTC',
});

/** Removes the version or alias from an ARN. Locally, each function has one version. */
export const unqualifiedArnOf = (functionArn: string): string =>
  functionArn.split(':').slice(0, FUNCTION_ARN_PARTS).join(':');
