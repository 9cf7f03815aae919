import { CloudWatchLogsClient } from '@aws-sdk/client-cloudwatch-logs';
import { LambdaClient } from '@aws-sdk/client-lambda';
import { SQSClient } from '@aws-sdk/client-sqs';
import { requireVariable } from '../shared/core/environment.ts';
import { createSignedClient } from '../shared/http/signed-client.ts';
import { AwsRedriver } from './adapters/aws-redriver.ts';
import { CloudWatchConsumerLogs } from './adapters/cloudwatch-logs.ts';
import { HttpOrderStates } from './adapters/http-order-states.ts';
import { LambdaConsumers } from './adapters/lambda-consumers.ts';
import { parseContents, parseLogGroups, parseTargets } from './adapters/queue-settings.ts';
import { SqsDeadLetters } from './adapters/sqs-dead-letters.ts';
import { SqsQueueDepths } from './adapters/sqs-queue-depths.ts';

const { env } = process;
/** API Gateway responds within 30 seconds, and a request makes more than one call. */
const AUDIT_TIMEOUT_MILLISECONDS = 10_000;

const queueUrl = () => requireVariable(env, 'QUEUE_URL');

const contentsSettings = () => parseContents(requireVariable(env, 'DEAD_LETTERS'));

export const queueDepths = () =>
  new SqsQueueDepths(new SQSClient({}), contentsSettings(), queueUrl());
export const deadLetters = () =>
  new SqsDeadLetters(new SQSClient({}), contentsSettings(), queueUrl());
const orderStates = () =>
  new HttpOrderStates(
    createSignedClient(env, {
      url: requireVariable(env, 'API_URL'),
      timeoutMilliseconds: AUDIT_TIMEOUT_MILLISECONDS,
      serviceName: 'the API',
    }),
    { hasOrders: requireVariable(env, 'ORDERS') === 'true' },
  );

export const explainPorts = () => {
  const queues = parseLogGroups(requireVariable(env, 'DEAD_LETTER_LOGS'));
  return {
    deadLetters: new SqsDeadLetters(new SQSClient({}), queues, queueUrl()),
    orders: orderStates(),
    logs: new CloudWatchConsumerLogs(new CloudWatchLogsClient({}), queues),
  };
};
export const redrivePorts = () => {
  const queues = parseTargets(requireVariable(env, 'DEAD_LETTER_TARGETS'));
  const sqs = new SQSClient({});
  const consumers = new LambdaConsumers(new LambdaClient({}));
  return {
    deadLetters: new SqsDeadLetters(sqs, queues, queueUrl()),
    orders: orderStates(),
    redriver: new AwsRedriver(sqs, consumers, queues, queueUrl()),
  };
};
