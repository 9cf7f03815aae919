import path from 'node:path';
import { arnOf } from './account.ts';
import { createAwsServer } from './aws-server.ts';
import { readCloudAssembly } from './cloud-assembly.ts';
import { createTable, startDynamoDbLocal } from './dynamodb.ts';
import { LOCAL_DIRECTORY } from './endpoints-file.ts';
import { EventBuses } from './event-bus.ts';
import { Executions } from './executions.ts';
import { functionSet } from './function-set.ts';
import { type Api, createGateway } from './gateway.ts';
import { listen } from './http-server.ts';
import { AUDIENCE, createIssuer, ISSUER_PATH, type TokenKind } from './issuer.ts';
import { startMappings } from './mappings.ts';
import { physicalNames } from './physical-names.ts';
import { type Queues, startQueues } from './queues.ts';
import { loadResources, type Resources } from './resources.ts';
import { readRoutes } from './routes.ts';
import { startSchedule } from './schedules.ts';
import { synthesize } from './synthesize.ts';

export type RuntimeOptions = {
  /** 0 for any free one. */
  readonly port: number;
  /** CDK context, over that of cdk.json. */
  readonly context?: Readonly<Record<string, string>>;
  /** Of the cloud assembly. Default `.local/cdk.out`. */
  readonly outDir?: string;
  /** Told what is being done, a line each. */
  readonly log?: (line: string) => void;
  /** The CDK app's program, a path from the project's root. Default `bin/app.ts`. */
  readonly app?: string;
};

export type Runtime = {
  /** URLs without a slash at the end. */
  readonly api: string;
  readonly dynamodb: string;
  readonly aws: string;
  readonly sqs: string;
  /** Physical names of tables by the name behind `Table` in their stack's output. */
  readonly tables: Readonly<Record<string, string>>;
  /** Of all stacks, by logical id. */
  readonly outputs: Readonly<Record<string, string>>;
  readonly tokenFor: (kind: TokenKind, name?: string) => Promise<string>;
  /** Invokes the one function whose logical id contains the text; answers its result or throws its error. */
  readonly invokeFunction: (logicalIdPart: string, payload: unknown) => Promise<unknown>;
  readonly stop: () => Promise<void>;
};

/** Synthesizes the CDK app and runs its templates, until `stop`. When it throws, nothing was left running. */
export async function startRuntime(options: RuntimeOptions): Promise<Runtime> {
  const stops: (() => Promise<unknown> | unknown)[] = [];
  const stop = async (): Promise<void> => {
    for (const end of stops.splice(0).reverse()) await end();
  };
  try {
    return await start(options, stops, stop);
  } catch (fault) {
    await stop();
    throw fault;
  }
}

/** What was started last is stopped first. */
async function start(
  { port, context = {}, app = 'bin/app.ts', log = () => undefined, ...options }: RuntimeOptions,
  stops: (() => Promise<unknown> | unknown)[],
  stop: () => Promise<void>,
): Promise<Runtime> {
  const outDir = path.resolve(options.outDir ?? path.join(LOCAL_DIRECTORY, 'cdk.out'));
  let api: Api | undefined;
  const gateway = await listen(createGateway(() => api).fetch as Parameters<typeof listen>[0], port);
  stops.push(gateway.stop);
  let issuerUrl = '';
  const issuer = await createIssuer(() => issuerUrl);
  const awsServer = createAwsServer(issuer);
  const aws = await listen(awsServer.fetch as Parameters<typeof listen>[0], 0);
  stops.push(aws.stop);
  issuerUrl = aws.url + ISSUER_PATH;

  log('Synthesizing the templates; starting DynamoDB Local');
  const starting = startDynamoDbLocal();
  // Registered before anything else may throw: Java must not outlive a failed start.
  stops.push(() =>
    starting.then(
      (dynamodb) => dynamodb.stop(),
      () => undefined,
    ),
  );
  await synthesize({ app, outDir, context: { issuer: issuerUrl, audience: AUDIENCE, ...context } });
  const dynamodb = await starting;
  const queues = await startQueues();
  stops.push(queues.stop);

  const stacks = readCloudAssembly(outDir);
  const resources = loadResources(stacks, physicalNames(stacks, { api: gateway.url, sqs: queues.endpoint }));
  await createTables(resources, dynamodb.endpoint);
  await createQueues(resources, queues);

  const functions = functionSet(resources, stacks, {
    logDirectory: path.join(path.dirname(outDir), 'logs'),
    environment: {
      AWS_ENDPOINT_URL: aws.url,
      AWS_ENDPOINT_URL_DYNAMODB: dynamodb.endpoint,
      AWS_ENDPOINT_URL_SQS: queues.endpoint,
    },
  });
  const { invoke } = functions;
  const executions = new Executions(machinesOf(resources), invoke);
  awsServer.serve(executions.actions);
  awsServer.serve(busesOf(resources, queues).actions);
  const mappings = await startMappings(resources, { queues, invoke, dynamodbEndpoint: dynamodb.endpoint });
  const schedules = resources.of('AWS::Scheduler::Schedule').map(({ name, properties }) => {
    functions.require(properties.Target.Arn, `schedule ${name}`);
    return startSchedule(name, properties, invoke);
  });
  stops.push(async () => {
    for (const end of schedules) end();
    const ended = mappings.stop();
    await Promise.all([executions.stop(), functions.stop(), ended]);
  });
  // First of all, nothing new comes in.
  stops.push(gateway.stop);

  const routes = readRoutes(resources);
  for (const { routeKey, functionArn } of routes) functions.require(functionArn, `route ${routeKey}`);
  api = {
    id: resources.of('AWS::ApiGatewayV2::Api')[0]?.name ?? '',
    routes,
    principals: functions.principals,
    invoke,
  };
  return {
    api: gateway.url,
    dynamodb: dynamodb.endpoint,
    aws: aws.url,
    sqs: queues.endpoint,
    tables: tablesOf(resources),
    outputs: Object.fromEntries(resources.outputs),
    tokenFor: issuer.tokenFor,
    invokeFunction: functions.invokeByLogicalId,
    stop,
  };
}

async function createTables(resources: Resources, endpoint: string): Promise<void> {
  const tables = [...resources.of('AWS::DynamoDB::Table'), ...resources.of('AWS::DynamoDB::GlobalTable')];
  await Promise.all(tables.map(({ name, properties }) => createTable(endpoint, name, properties)));
}

async function createQueues(resources: Resources, queues: Queues): Promise<void> {
  await Promise.all(
    resources.of('AWS::SQS::Queue').map(({ name, properties }) => queues.create(name, properties)),
  );
}

const machinesOf = (resources: Resources) =>
  resources.of('AWS::StepFunctions::StateMachine').map(({ name, properties }) => ({
    name,
    arn: arnOf('states', `stateMachine:${name}`),
    definition: properties.DefinitionString,
  }));

function busesOf(resources: Resources, queues: Queues): EventBuses {
  const queueArns = new Set(resources.of('AWS::SQS::Queue').map(({ name }) => arnOf('sqs', name)));
  const rules = resources.of('AWS::Events::Rule').map(({ name, properties }) => {
    const targetArns = properties.Targets.map(({ Arn }) => Arn);
    const foreign = targetArns.find((arn) => !queueArns.has(arn));
    if (foreign !== undefined)
      throw new Error(`rule ${name}: the local runtime knows queues as targets, not ${foreign}`);
    return { busName: properties.EventBusName, pattern: properties.EventPattern, targetArns };
  });
  const names = resources.of('AWS::Events::EventBus').map(({ name }) => name);
  return new EventBuses(names, rules, queues.send);
}

/** Out of the outputs called `Table…`: `TableInventory` is `inventory`. */
function tablesOf({ outputs }: Resources): Record<string, string> {
  const named = [...outputs].flatMap(([logicalId, value]): [string, string][] => {
    const name = /^Table(.+)$/.exec(logicalId)?.[1];
    return name === undefined ? [] : [[name.charAt(0).toLowerCase() + name.slice(1), value]];
  });
  return Object.fromEntries(named);
}
