import { arnOf } from './account.ts';
import { type Alert, createAlert } from './alerts/alert.ts';
import type { AwsServer } from './api/aws-server.ts';
import type { Api } from './api/gateway.ts';
import { readRoutes } from './api/routes.ts';
import type { Stack } from './cloud-assembly/cloud-assembly.ts';
import type { Resources } from './cloud-assembly/resources.ts';
import { createTable } from './dynamodb/dynamodb.ts';
import { UserError } from './errors.ts';
import { faultTargetsOf } from './faults/fault-targets.ts';
import { Faults } from './faults/faults.ts';
import { createCallLookup } from './faults/nameable-calls.ts';
import { Activity } from './functions/activity.ts';
import { logActions } from './functions/function-logs.ts';
import { createFunctionSet } from './functions/function-set.ts';
import { type InvokedBy, type Observer, withObserver } from './functions/observation.ts';
import { EventBuses, type EventBusPorts } from './messaging/event-bus.ts';
import { startEventSourceMappings } from './messaging/event-source-mappings.ts';
import { compileTransformer } from './messaging/input-transformer.ts';
import type { Poller } from './messaging/queue-poller.ts';
import type { Queues } from './messaging/queues.ts';
import { startSchedule } from './messaging/schedules.ts';
import { Executions } from './step-functions/executions.ts';
import { prepareDefinition } from './step-functions/state-machine-definition.ts';
import { streamActions } from './streams/stream-actions.ts';

export type Services = {
  readonly dynamodbEndpoint: string;
  /** Endpoint of DynamoDB as functions reach it. */
  readonly functionDynamodbEndpoint: string;
  readonly awsEndpoint: string;
  readonly awsServer: AwsServer;
  readonly queues: Queues;
  readonly observe?: Observer | undefined;
  readonly raise: (alert: Alert) => void;
  readonly runsSchedules: boolean;
};

export type RunningTemplates = {
  readonly api: Api;
  readonly invokeByLogicalId: (part: string, payload: unknown) => Promise<unknown>;
  readonly functionOfAccessKey: (accessKeyId: string) => string | undefined;
  readonly faults: Faults;
};

/** Creates the tables and queues, and starts everything that the templates connect. */
export async function runTemplates(
  resources: Resources,
  stacks: readonly Stack[],
  services: Services,
  logDirectory: string,
  cleanup: AsyncDisposableStack,
): Promise<RunningTemplates> {
  const { dynamodbEndpoint, functionDynamodbEndpoint, awsEndpoint } = services;
  const { awsServer, queues, observe, raise, runsSchedules } = services;
  await createTables(resources, dynamodbEndpoint);
  await createQueues(resources, queues);

  const environment = {
    AWS_ENDPOINT_URL: awsEndpoint,
    AWS_ENDPOINT_URL_DYNAMODB: functionDynamodbEndpoint,
    AWS_ENDPOINT_URL_SQS: queues.endpoint,
  };
  const { changeVisibility } = queues;
  const faults = new Faults(faultTargetsOf(resources), {
    changeVisibility,
    callsOf: createCallLookup(resources, stacks),
    observe,
  });
  const functions = createFunctionSet(resources, stacks, {
    logDirectory,
    environment,
    observe,
    faults,
  });
  const { principals, invokeByLogicalId, functionOfAccessKey } = functions;
  const activity = new Activity();
  const invoke = activity.track(functions.invoke);
  const invokeBy = (by: InvokedBy) => withObserver(invoke, by, observe);
  const executions = new Executions(machinesOf(resources), invokeBy('saga'), observe);
  // A poller ends with the invocation that it waits for, so functions, executions and pollers stop
  // together.
  const pollers: Poller[] = [];
  cleanup.defer(async () => {
    faults.stop();
    await Promise.all([
      executions.stop(),
      functions.stop(),
      ...pollers.map((poller) => poller.stop()),
    ]);
  });

  awsServer.addLambdaActions({ invoke: invokeBy('invoke'), admissionOf: functions.admissionOf });
  awsServer.addFaults(faults);
  awsServer.addActions(logActions(resources, logDirectory));
  awsServer.addActions(streamActions(dynamodbEndpoint));
  awsServer.addActions(executions.actions);
  const buses = createEventBuses(resources, {
    deliver: queues.send,
    notify: (detailType, text) => raise(createAlert('event', detailType, text)),
    observe,
  });
  awsServer.addActions(buses.actions);
  for (const { name, properties } of resources.ofType('AWS::Scheduler::Schedule')) {
    functions.requireFunction(properties.Target.Arn, `schedule ${name}`);
    const target = resources
      .ofType('AWS::Lambda::Function')
      .find((one) => properties.Target.Arn.split(':').includes(one.name));
    const deadLetters = target?.properties.DeadLetterConfig?.TargetArn;
    const sendToDeadLetters =
      deadLetters === undefined ? undefined : (input: string) => queues.send(deadLetters, input);
    if (runsSchedules)
      cleanup.defer(
        startSchedule(name, properties, { invoke: invokeBy('schedule'), sendToDeadLetters }),
      );
  }
  await startEventSourceMappings(
    resources,
    { queues, invokeBy, observe, dynamodbEndpoint, activity },
    (poller) => pollers.push(poller),
  );

  const routes = readRoutes(resources);
  for (const { routeKey, functionArn } of routes)
    functions.requireFunction(functionArn, `route ${routeKey}`);
  const [http] = resources.ofType('AWS::ApiGatewayV2::Api');
  const api = {
    id: http?.name ?? '',
    routes,
    principals,
    cors: http?.properties.CorsConfiguration,
    invoke: invokeBy('route'),
    observe,
  };
  return { api, invokeByLogicalId, functionOfAccessKey, faults };
}

async function createTables(resources: Resources, endpoint: string): Promise<void> {
  const tables = [
    ...resources.ofType('AWS::DynamoDB::Table'),
    ...resources.ofType('AWS::DynamoDB::GlobalTable'),
  ];
  await Promise.all(tables.map(({ name, properties }) => createTable(endpoint, name, properties)));
}

async function createQueues(resources: Resources, queues: Queues): Promise<void> {
  const queueResources = resources.ofType('AWS::SQS::Queue');
  await Promise.all(queueResources.map(({ name, properties }) => queues.create(name, properties)));
}

/** Returns the state machines of the templates. */
export const machinesOf = (resources: Resources) =>
  resources.ofType('AWS::StepFunctions::StateMachine').map(({ name, properties }) => ({
    name,
    arn: arnOf('states', `stateMachine:${name}`),
    definition: properties.DefinitionString,
  }));

/** Throws for a state machine that cannot run here. Takes a third of a second the first time. */
export function checkMachines(resources: Resources): void {
  for (const { definition } of machinesOf(resources)) prepareDefinition(definition, 1);
}

/**
 * Creates the event buses of the templates, with their rules and the queues and topics that are
 * targets.
 */
export function createEventBuses(resources: Resources, ports: EventBusPorts): EventBuses {
  const queueArns = new Set(
    resources.ofType('AWS::SQS::Queue').map(({ name }) => arnOf('sqs', name)),
  );
  const topicArns = new Set(
    resources.ofType('AWS::SNS::Topic').map(({ name }) => arnOf('sns', name)),
  );
  const rules = resources.ofType('AWS::Events::Rule').map(({ name, properties }) => {
    const queueTargets = properties.Targets.filter(({ Arn }) => queueArns.has(Arn));
    const topicTargets = properties.Targets.filter(({ Arn }) => topicArns.has(Arn));
    const unknownTarget = properties.Targets.find(
      (target) => !queueTargets.includes(target) && !topicTargets.includes(target),
    );
    if (unknownTarget !== undefined)
      throw new UserError(
        `rule ${name}: the local runtime supports only queues and topics as targets, not ${unknownTarget.Arn}`,
      );
    if (queueTargets.some(({ InputTransformer }) => InputTransformer !== undefined))
      throw new UserError(
        `rule ${name}: the local runtime transforms the input of topics only, not of queues`,
      );
    return {
      busName: properties.EventBusName,
      pattern: properties.EventPattern,
      queueArns: queueTargets.map(({ Arn }) => Arn),
      topics: topicTargets.map(({ Arn: arn, InputTransformer: transformer }) => ({
        arn,
        textOf: transformer === undefined ? JSON.stringify : compileTransformer(transformer),
      })),
    };
  });
  const names = resources.ofType('AWS::Events::EventBus').map(({ name }) => name);
  return new EventBuses(names, rules, ports);
}
