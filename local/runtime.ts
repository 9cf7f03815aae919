import path from 'node:path';
import { readAlarms } from './alerts/alarm-definitions.ts';
import { observeAlarms } from './alerts/alarm-observer.ts';
import type { Alert } from './alerts/alert.ts';
import { createAlertLog } from './alerts/alert-log.ts';
import { createAwsServer } from './api/aws-server.ts';
import { type Api, createGateway } from './api/gateway.ts';
import { listen } from './api/http-server.ts';
import { secretsActions } from './api/secrets.ts';
import { createIssuers, ISSUER_SERVER, issuerContext, type TokenFor } from './api/token-issuer.ts';
import { assemblyOf } from './cloud-assembly/assembly-cache.ts';
import { readCloudAssembly, type Stack } from './cloud-assembly/cloud-assembly.ts';
import { createResourceNames } from './cloud-assembly/resource-names.ts';
import { loadResources, type Resources } from './cloud-assembly/resources.ts';
import { startDynamoDbLocal } from './dynamodb/dynamodb.ts';
import { LOCAL_DIRECTORY } from './endpoints-file.ts';
import { UserError } from './errors.ts';
import type { Faults } from './faults/faults.ts';
import type { Observation, Observer } from './functions/observation.ts';
import { startQueues } from './messaging/queues.ts';
import { readPersistedState, writePersistedState } from './persisted-state.ts';
import { isPortFree } from './ports.ts';
import { checkMachines, runTemplates } from './run-templates.ts';
import { formatSeconds } from './terminal/style.ts';

export type RuntimeOptions = {
  /** Port of the API; 0 for any free port. */
  readonly port: number;
  /** CDK context, which overrides that of cdk.json. */
  readonly context?: Readonly<Record<string, string>>;
  /** Folder of the functions' logs. Default `.local/logs`. */
  readonly logDirectory?: string;
  /**
   * Folder of the alerts. Default `.local/alerts`, or `alerts` in `logDirectory` when that is
   * given.
   */
  readonly alertDirectory?: string;
  /** Secrets that Secrets Manager returns, by ARN. Default none. */
  readonly secrets?: Readonly<Record<string, string>>;
  /** Receives one line for each step of the start. */
  readonly log?: (line: string) => void;
  /** Program of the CDK app, as a path from the project's root. Default `bin/app.ts`. */
  readonly app?: string;
  /** Receives everything that AWS would bill or count. */
  readonly observe?: Observer;
  /** Receives each alert when it is raised. */
  readonly onAlert?: (alert: Alert) => void;
  /**
   * Folder that keeps the tables and the keys of local tokens over a restart. Default: nothing is
   * kept.
   */
  readonly dataDirectory?: string | undefined;
  /** Whether schedules run. @default true */
  readonly runsSchedules?: boolean;
  /**
   * Starts a proxy between functions and DynamoDB, given DynamoDB's endpoint. The runtime stops it.
   */
  readonly dynamodbProxy?: (
    endpoint: string,
  ) => Promise<{ endpoint: string; stop: () => Promise<void> }>;
};

export type Runtime = {
  /** URLs without a slash at the end. */
  readonly api: string;
  readonly dynamodb: string;
  readonly aws: string;
  readonly sqs: string;
  /** Physical names of the tables. The key is the part of the output's name after `Table`. */
  readonly tables: Readonly<Record<string, string>>;
  /** Outputs of all stacks, by logical id. */
  readonly outputs: Readonly<Record<string, string>>;
  /** Stacks that run. */
  readonly stacks: readonly Stack[];
  readonly tokenFor: TokenFor;
  /**
   * Invokes the only function whose logical id contains the text. Returns its result or throws its
   * error.
   */
  readonly invokeFunction: (logicalIdPart: string, payload: unknown) => Promise<unknown>;
  /**
   * Returns the name of the function that signs with an access key. Lets a proxy attribute requests
   * to functions.
   */
  readonly functionOfAccessKey: (accessKeyId: string) => string | undefined;
  /** Sets, lists and clears injected faults. */
  readonly faults: Pick<Faults, 'set' | 'list' | 'clear'>;
  /** Returns the alerts since the start, oldest first. */
  readonly alerts: () => readonly Alert[];
  readonly stop: () => Promise<void>;
};

/** A stage has no alarms by default when it is not protected. Here they cost nothing. */
const MONITORING_CONTEXT = { monitoring: 'full' };

/**
 * Synthesizes the CDK app and runs its templates until `stop`. When it throws, nothing is left
 * running.
 */
export async function startRuntime(options: RuntimeOptions): Promise<Runtime> {
  await using starting = new AsyncDisposableStack();
  const services = await startServices(options, starting);
  const started = starting.move();
  return { ...services, stop: () => started.disposeAsync() };
}

/** Starts everything, and registers in `cleanup` how to stop it. */
async function startServices(
  options: RuntimeOptions,
  cleanup: AsyncDisposableStack,
): Promise<Omit<Runtime, 'stop'>> {
  const {
    port,
    context = {},
    app = 'bin/app.ts',
    log = () => undefined,
    dynamodbProxy,
    dataDirectory,
    logDirectory = path.join(LOCAL_DIRECTORY, 'logs'),
    alertDirectory = path.join(options.logDirectory ?? LOCAL_DIRECTORY, 'alerts'),
  } = options;

  log('Starting DynamoDB Local and synthesizing the templates, unless they are kept …');
  // The servers start first, because the functions and the tokens need their ports.
  let api: Api | undefined;
  const gateway = await listen(
    createGateway(() => api).fetch as Parameters<typeof listen>[0],
    port,
  );
  cleanup.defer(gateway.stop);
  let awsUrl = '';
  const persisted = dataDirectory === undefined ? undefined : readPersistedState(dataDirectory);
  const issuers = await createIssuers(() => awsUrl, persisted?.issuerKeys);
  const awsServer = createAwsServer(issuers);
  awsServer.addActions(secretsActions(options.secrets ?? {}));
  if (persisted !== undefined && !(await isPortFree(persisted.awsPort)))
    throw new UserError(
      `Port ${persisted.awsPort}, which the tokens in ${dataDirectory} need, is in use. Stop the other Stockbook that uses this data.`,
    );
  const aws = await listen(
    awsServer.fetch as Parameters<typeof listen>[0],
    persisted?.awsPort ?? 0,
  );
  cleanup.defer(aws.stop);
  if (dataDirectory !== undefined)
    writePersistedState(dataDirectory, { awsPort: aws.port, issuerKeys: issuers.keys });
  awsUrl = aws.url;

  const dynamodbStarting = timed('DynamoDB Local', log, () =>
    startDynamoDbLocal(dataDirectory === undefined ? {} : { folder: dataDirectory }),
  );
  // Java must stop even when the rest of the start fails.
  cleanup.defer(() => dynamodbStarting.then((dynamodb) => dynamodb.stop()).catch(() => undefined));
  const assembly = await timed('Templates', log, () =>
    assemblyOf({
      app,
      context: { ...MONITORING_CONTEXT, ...issuerContext(ISSUER_SERVER), ...context },
    }),
  );
  const queues = await startQueues(options.observe);
  cleanup.defer(queues.stop);

  const stacks = readCloudAssembly(assembly, { [ISSUER_SERVER]: aws.url });
  const resources = loadResources(
    stacks,
    createResourceNames(stacks, { api: gateway.url, sqs: queues.endpoint }),
  );
  checkMachines(resources);
  const { evaluated, unevaluated } = readAlarms(resources);
  const alertLog = createAlertLog(alertDirectory, unevaluated, options.onAlert);
  const evaluateAlarms = observeAlarms(evaluated, alertLog.raise);
  const dynamodb = await dynamodbStarting;
  const proxy = await dynamodbProxy?.(dynamodb.endpoint);
  if (proxy !== undefined) cleanup.defer(proxy.stop);
  const services = {
    dynamodbEndpoint: dynamodb.endpoint,
    functionDynamodbEndpoint: proxy?.endpoint ?? dynamodb.endpoint,
    queues,
    awsServer,
    awsEndpoint: aws.url,
    observe: (seen: Observation) => {
      options.observe?.(seen);
      evaluateAlarms(seen);
    },
    raise: alertLog.raise,
    runsSchedules: options.runsSchedules ?? true,
  };
  const templates = await timed('Tables, queues and functions', log, () =>
    runTemplates(resources, stacks, services, logDirectory, cleanup),
  );
  api = templates.api;
  // The gateway stops first, so that no new requests arrive.
  cleanup.defer(gateway.stop);
  return {
    api: gateway.url,
    dynamodb: dynamodb.endpoint,
    aws: aws.url,
    sqs: queues.endpoint,
    tables: tablesOf(resources),
    outputs: Object.fromEntries(resources.outputs),
    stacks,
    tokenFor: issuers.tokenFor,
    invokeFunction: templates.invokeByLogicalId,
    functionOfAccessKey: templates.functionOfAccessKey,
    faults: templates.faults,
    alerts: alertLog.alerts,
  };
}

/** Runs a step of the start, and logs its duration when it has ended. */
async function timed<Result>(
  step: string,
  log: (line: string) => void,
  run: () => Promise<Result>,
): Promise<Result> {
  const startedAt = performance.now();
  const result = await run();
  log(`${step}: ${formatSeconds(performance.now() - startedAt)}`);
  return result;
}

/** Returns the tables from the outputs called `Table…`: `TableInventory` becomes `inventory`. */
function tablesOf({ outputs }: Resources): Record<string, string> {
  const entries = [...outputs].flatMap(([logicalId, value]): [string, string][] => {
    const name = /^Table(.+)$/.exec(logicalId)?.[1];
    return name === undefined ? [] : [[name.charAt(0).toLowerCase() + name.slice(1), value]];
  });
  return Object.fromEntries(entries);
}
