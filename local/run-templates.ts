import { arnOf } from './account.ts';
import type { AwsServer } from './api/aws-server.ts';
import type { Api } from './api/gateway.ts';
import { readRoutes } from './api/routes.ts';
import type { Stack } from './cloud-assembly/cloud-assembly.ts';
import type { Resources } from './cloud-assembly/resources.ts';
import { createTable } from './dynamodb/dynamodb.ts';
import { logActions } from './functions/function-logs.ts';
import { functionSet } from './functions/function-set.ts';
import { type Deliver, EventBuses } from './messaging/event-bus.ts';
import { startMappings } from './messaging/mappings.ts';
import type { Poller } from './messaging/queue-poller.ts';
import type { Queues } from './messaging/queues.ts';
import { startSchedule } from './messaging/schedules.ts';
import { type InvokedBy, type Observe, observedInvoke } from './observation.ts';
import { Refusal } from './refusal.ts';
import { Executions } from './step-functions/executions.ts';
import type { Stops } from './stops.ts';
import { streamActions } from './streams/stream-actions.ts';

export type Services = {
  readonly dynamodbEndpoint: string;
  /** As functions reach it. */
  readonly dynamodbOfFunctions: string;
  readonly awsEndpoint: string;
  readonly awsServer: AwsServer;
  readonly queues: Queues;
  readonly observe?: Observe | undefined;
};

export type RunningTemplates = {
  readonly api: Api;
  readonly invokeByLogicalId: (part: string, payload: unknown) => Promise<unknown>;
  readonly signerOf: (accessKeyId: string) => string | undefined;
};

/** Makes the tables and queues, and starts all that the templates wire to each other. */
export async function runTemplates(
  resources: Resources,
  stacks: readonly Stack[],
  { dynamodbEndpoint, dynamodbOfFunctions, awsEndpoint, awsServer, queues, observe }: Services,
  logDirectory: string,
  stops: Stops,
): Promise<RunningTemplates> {
  await createTables(resources, dynamodbEndpoint);
  await createQueues(resources, queues);

  const environment = {
    AWS_ENDPOINT_URL: awsEndpoint,
    AWS_ENDPOINT_URL_DYNAMODB: dynamodbOfFunctions,
    AWS_ENDPOINT_URL_SQS: queues.endpoint,
  };
  const functions = functionSet(resources, stacks, { logDirectory, environment, observe });
  const { principals, invokeByLogicalId, signerOf } = functions;
  const invokeBy = (by: InvokedBy) => observedInvoke(functions.invoke, by, observe);
  const executions = new Executions(machinesOf(resources), invokeBy('saga'), observe);
  // A poller ends with the invocation that it waits for, so all of these end together.
  const pollers: Poller[] = [];
  stops.add(() =>
    Promise.all([executions.stop(), functions.stop(), ...pollers.map((poller) => poller.stop())]),
  );

  awsServer.serveLambda({ invoke: invokeBy('invoke'), admissionOf: functions.admissionOf });
  awsServer.serve(logActions(resources, logDirectory));
  awsServer.serve(streamActions(dynamodbEndpoint));
  awsServer.serve(executions.actions);
  awsServer.serve(busesOf(resources, queues.send, observe).actions);
  for (const { name, properties } of resources.of('AWS::Scheduler::Schedule')) {
    functions.require(properties.Target.Arn, `schedule ${name}`);
    const target = resources
      .of('AWS::Lambda::Function')
      .find((one) => properties.Target.Arn.split(':').includes(one.name));
    const deadLetters = target?.properties.DeadLetterConfig?.TargetArn;
    const giveUp =
      deadLetters === undefined ? undefined : (input: string) => queues.send(deadLetters, input);
    stops.add(startSchedule(name, properties, { invoke: invokeBy('schedule'), giveUp }));
  }
  await startMappings(resources, { queues, invokeBy, observe, dynamodbEndpoint }, (poller) =>
    pollers.push(poller),
  );

  const routes = readRoutes(resources);
  for (const { routeKey, functionArn } of routes)
    functions.require(functionArn, `route ${routeKey}`);
  const [http] = resources.of('AWS::ApiGatewayV2::Api');
  const api = {
    id: http?.name ?? '',
    routes,
    principals,
    cors: http?.properties.CorsConfiguration,
    invoke: invokeBy('route'),
    observe,
  };
  return { api, invokeByLogicalId, signerOf };
}

async function createTables(resources: Resources, endpoint: string): Promise<void> {
  const tables = [
    ...resources.of('AWS::DynamoDB::Table'),
    ...resources.of('AWS::DynamoDB::GlobalTable'),
  ];
  await Promise.all(tables.map(({ name, properties }) => createTable(endpoint, name, properties)));
}

async function createQueues(resources: Resources, queues: Queues): Promise<void> {
  const made = resources.of('AWS::SQS::Queue');
  await Promise.all(made.map(({ name, properties }) => queues.create(name, properties)));
}

/** The state machines of the templates. */
export const machinesOf = (resources: Resources) =>
  resources.of('AWS::StepFunctions::StateMachine').map(({ name, properties }) => ({
    name,
    arn: arnOf('states', `stateMachine:${name}`),
    definition: properties.DefinitionString,
  }));

/** The event buses of the templates, with their rules to queues. */
export function busesOf(resources: Resources, deliver: Deliver, observe?: Observe): EventBuses {
  const queueArns = new Set(resources.of('AWS::SQS::Queue').map(({ name }) => arnOf('sqs', name)));
  const topicArns = new Set(resources.of('AWS::SNS::Topic').map(({ name }) => arnOf('sns', name)));
  const rules = resources.of('AWS::Events::Rule').map(({ name, properties }) => {
    // Nobody is told by a topic here.
    const targetArns = properties.Targets.map(({ Arn }) => Arn).filter(
      (arn) => !topicArns.has(arn),
    );
    const foreign = targetArns.find((arn) => !queueArns.has(arn));
    if (foreign !== undefined) {
      throw new Refusal(`rule ${name}: the local runtime knows queues as targets, not ${foreign}`);
    }
    return { busName: properties.EventBusName, pattern: properties.EventPattern, targetArns };
  });
  const names = resources.of('AWS::Events::EventBus').map(({ name }) => name);
  return new EventBuses(names, rules, deliver, observe);
}
