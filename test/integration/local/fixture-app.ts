import path from 'node:path';
import { App, CfnOutput, Duration, Stack } from 'aws-cdk-lib';
import {
  HttpApi,
  HttpAuthorizer,
  HttpAuthorizerType,
  HttpMethod,
  HttpNoneAuthorizer,
  HttpRoute,
  HttpRouteKey,
  HttpStage,
  type IHttpRouteAuthorizer,
} from 'aws-cdk-lib/aws-apigatewayv2';
import { HttpIamAuthorizer } from 'aws-cdk-lib/aws-apigatewayv2-authorizers';
import { HttpLambdaIntegration } from 'aws-cdk-lib/aws-apigatewayv2-integrations';
import { AttributeType, type ITable, StreamViewType, TableV2 } from 'aws-cdk-lib/aws-dynamodb';
import { EventBus, Rule } from 'aws-cdk-lib/aws-events';
import { SqsQueue } from 'aws-cdk-lib/aws-events-targets';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import {
  Code,
  FilterCriteria,
  FilterRule,
  Function as LambdaFunction,
  RecursiveLoop,
  Runtime,
  StartingPosition,
} from 'aws-cdk-lib/aws-lambda';
import { DynamoEventSource, SqsDlq, SqsEventSource } from 'aws-cdk-lib/aws-lambda-event-sources';
import { Schedule, ScheduleExpression } from 'aws-cdk-lib/aws-scheduler';
import { LambdaInvoke as ScheduledInvoke } from 'aws-cdk-lib/aws-scheduler-targets';
import { Queue } from 'aws-cdk-lib/aws-sqs';
import {
  DefinitionBody,
  IntegrationPattern,
  JsonPath,
  StateMachine,
  TaskInput,
  Timeout,
} from 'aws-cdk-lib/aws-stepfunctions';
import { LambdaInvoke } from 'aws-cdk-lib/aws-stepfunctions-tasks';
import { buildSync } from 'esbuild';
import { addAlerts } from './alerts/fixture-alerts.ts';

/** Small app with one resource of each type that the local runtime runs. */

const outdir = path.join(process.env.CDK_OUTDIR ?? '', '..', 'fixture-bundle');
buildSync({
  entryPoints: { index: path.join(import.meta.dirname, 'fixture-handlers.ts') },
  outdir,
  outExtension: { '.js': '.mjs' },
  bundle: true,
  platform: 'node',
  format: 'esm',
  mainFields: ['module', 'main'],
  banner: {
    js: "import{createRequire}from'node:module';const require=createRequire(import.meta.url);",
  },
});

// This bundle is part of the assembly, so it is copied.
const app = new App({
  analyticsReporting: false,
  postCliContext: { 'aws:cdk:disable-asset-staging': false },
});
const base = new Stack(app, 'fixture-base');
const main = new Stack(app, 'fixture-main');

const calls = new TableV2(base, 'Calls', {
  partitionKey: { name: 'pk', type: AttributeType.STRING },
  sortKey: { name: 'sk', type: AttributeType.STRING },
});
new CfnOutput(base, 'TableCalls', { value: calls.tableName });
const things = new TableV2(base, 'Things', {
  partitionKey: { name: 'pk', type: AttributeType.STRING },
  dynamoStream: StreamViewType.NEW_AND_OLD_IMAGES,
  timeToLiveAttribute: 'ttl',
  globalSecondaryIndexes: [
    { indexName: 'byType', partitionKey: { name: 'type', type: AttributeType.STRING } },
  ],
});
new CfnOutput(base, 'TableThings', { value: things.tableName });
const bus = new EventBus(base, 'Bus');
new CfnOutput(base, 'BusName', { value: bus.eventBusName });

const functionOf = (name: string, timeout = Duration.seconds(5), recursiveLoop?: RecursiveLoop) => {
  const made = new LambdaFunction(main, name, {
    runtime: Runtime.NODEJS_24_X,
    code: Code.fromAsset(outdir),
    handler: `index.${name.charAt(0).toLowerCase()}${name.slice(1)}`,
    timeout,
    ...(recursiveLoop === undefined ? {} : { recursiveLoop }),
    environment: { CALLS_TABLE: calls.tableName, OWN: name },
  });
  calls.grantWriteData(made);
  return made;
};

const http = new HttpApi(main, 'Http', { createDefaultStage: false });
new HttpStage(main, 'Stage', { httpApi: http, autoDeploy: true });
const jwt = HttpAuthorizer.fromHttpAuthorizerAttributes(main, 'JwtRef', {
  authorizerType: 'JWT',
  authorizerId: new HttpAuthorizer(main, 'Jwt', {
    httpApi: http,
    type: HttpAuthorizerType.JWT,
    identitySource: ['$request.header.Authorization'],
    jwtIssuer: String(app.node.getContext('staffIssuer')),
    jwtAudience: [String(app.node.getContext('staffAudience'))],
  }).authorizerId,
});
const route = (
  id: string,
  key: string,
  to: LambdaFunction,
  authorizer: IHttpRouteAuthorizer,
  scopes: string[] = [],
) => {
  const [method = '', at = ''] = key.split(' ');
  new HttpRoute(main, `${id}Route`, {
    httpApi: http,
    routeKey: HttpRouteKey.with(at, method as HttpMethod),
    integration: new HttpLambdaIntegration(`${id}Integration`, to),
    authorizer,
    ...(scopes.length === 0 ? {} : { authorizationScopes: scopes }),
  });
};
const open = new HttpNoneAuthorizer();
const echo = functionOf('Echo');
route('Open', 'POST /echo/{id}', echo, open);
route('Literal', 'POST /echo/fixed', functionOf('Plain'), open);
route('Binary', 'POST /binary', functionOf('Binary'), open);
const fail = functionOf('Fail');
route('Fail', 'GET /fail', fail, open);
route('Slow', 'GET /slow', functionOf('Slow', Duration.seconds(1)), open);
route('Scoped', 'GET /scoped', echo, jwt, ['stock.read']);
route('AnyToken', 'GET /token', echo, jwt);
route('Service', 'PUT /service/{id}', echo, new HttpIamAuthorizer());
functionOf('Measure');
functionOf('Count', Duration.seconds(1));
functionOf('CallService').addToRolePolicy(
  new PolicyStatement({
    actions: ['execute-api:Invoke'],
    resources: [http.arnForExecuteApi(HttpMethod.PUT, '/service/allowed-*', '$default')],
  }),
);

const streamFailed = new Queue(main, 'StreamFailed');
new CfnOutput(main, 'QueueStreamFailed', { value: streamFailed.queueUrl });
functionOf('OnStream').addEventSource(
  new DynamoEventSource(things as ITable, {
    startingPosition: StartingPosition.TRIM_HORIZON,
    batchSize: 10,
    bisectBatchOnError: true,
    reportBatchItemFailures: true,
    retryAttempts: 2,
    onFailure: new SqsDlq(streamFailed),
    filters: [
      FilterCriteria.filter({
        dynamodb: { NewImage: { type: { S: FilterRule.isEqual('wanted') } } },
      }),
    ],
  }),
);
functionOf('OnStreamThrowing').addEventSource(
  new DynamoEventSource(things as ITable, {
    startingPosition: StartingPosition.LATEST,
    batchSize: 10,
    bisectBatchOnError: true,
    retryAttempts: 1,
    onFailure: new SqsDlq(streamFailed),
  }),
);

const RECEIVES_MAX = 2;
/**
 * Longer than the first invocation of a function on a busy machine. Otherwise a message would be
 * received twice.
 */
const QUEUE_VISIBILITY = Duration.seconds(4);
const failed = new Queue(main, 'Failed');
new CfnOutput(main, 'QueueFailed', { value: failed.queueUrl });
const queue = new Queue(main, 'Queue', {
  visibilityTimeout: QUEUE_VISIBILITY,
  deadLetterQueue: { queue: failed, maxReceiveCount: RECEIVES_MAX },
});
new CfnOutput(main, 'QueueMain', { value: queue.queueUrl });
functionOf('OnQueue', Duration.seconds(1)).addEventSource(
  new SqsEventSource(queue, { batchSize: 10, reportBatchItemFailures: true }),
);
new Rule(main, 'Rule', {
  eventBus: bus,
  eventPattern: {
    source: ['fixture'],
    detailType: ['Wanted'],
    detail: { data: { size: [{ numeric: ['>', 1] }] } },
  },
  targets: [new SqsQueue(queue)],
});

/** Creates a function that sends each message to the queue that invoked it. */
const loop = (name: string, recursiveLoop?: RecursiveLoop) => {
  const looping = new Queue(main, `${name}Queue`, {
    visibilityTimeout: QUEUE_VISIBILITY,
    deadLetterQueue: { queue: failed, maxReceiveCount: RECEIVES_MAX },
  });
  new CfnOutput(main, `Queue${name}`, { value: looping.queueUrl });
  const made = functionOf(name, Duration.seconds(1), recursiveLoop);
  made.addEnvironment('LOOP_QUEUE_URL', looping.queueUrl);
  looping.grantSendMessages(made);
  made.addEventSource(new SqsEventSource(looping, { batchSize: 1 }));
};
loop('Loop');
loop('AllowedLoop', RecursiveLoop.ALLOW);
functionOf('InvokesItself', Duration.minutes(1));

const step = functionOf('Step');
const waiting = new LambdaInvoke(main, 'Wait for a result', {
  lambdaFunction: step,
  integrationPattern: IntegrationPattern.WAIT_FOR_TASK_TOKEN,
  taskTimeout: Timeout.duration(Duration.seconds(2)),
  payload: TaskInput.fromObject({ order: JsonPath.stringAt('$.order'), token: JsonPath.taskToken }),
  retryOnServiceExceptions: false,
  resultPath: '$.result',
});
const undo = new LambdaInvoke(main, 'Undo', {
  lambdaFunction: step,
  payload: TaskInput.fromObject({ order: JsonPath.stringAt('$.order') }),
  outputPath: '$.Payload',
});
const first = new LambdaInvoke(main, 'First', {
  lambdaFunction: step,
  payload: TaskInput.fromObject({
    order: JsonPath.stringAt('$.order'),
    mode: JsonPath.stringAt('$.mode'),
  }),
  resultPath: JsonPath.DISCARD,
});
waiting.addCatch(undo, { errors: ['States.Timeout', 'Bad'], resultPath: '$.error' });
const machine = new StateMachine(main, 'Machine', {
  definitionBody: DefinitionBody.fromChainable(first.next(waiting)),
  timeout: Duration.minutes(5),
});
new CfnOutput(main, 'MachineArn', { value: machine.stateMachineArn });

addAlerts(main, { bus, fail, machine });

new Schedule(main, 'Hourly', {
  schedule: ScheduleExpression.rate(Duration.hours(1)),
  target: new ScheduledInvoke(step),
});
