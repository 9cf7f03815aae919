import { CloudWatchLogsClient } from '@aws-sdk/client-cloudwatch-logs';
import { LambdaClient } from '@aws-sdk/client-lambda';
import { SQSClient } from '@aws-sdk/client-sqs';
import { requireVariable } from '../shared/core/environment.ts';
import { createSignedClient } from '../shared/http/signed-client.ts';
import { AwsRedriver } from './adapters/aws-redriver.ts';
import { CloudWatchConsumerLogs } from './adapters/cloudwatch-logs.ts';
import { HttpOrderStates } from './adapters/http-order-states.ts';
import { LambdaConsumers } from './adapters/lambda-consumers.ts';
import { SqsDeadLetters } from './adapters/sqs-dead-letters.ts';

const { env } = process;
/** API Gateway answers within 30 seconds, and there is more to do than to ask. */
const AUDIT_TIMEOUT_MILLISECONDS = 10_000;

const queueUrl = () => requireVariable(env, 'QUEUE_URL');

export const deadLetterQueues = (variable = 'DEAD_LETTERS') =>
  new SqsDeadLetters(new SQSClient({}), requireVariable(env, variable), queueUrl());
export const orderStates = () =>
  new HttpOrderStates(
    createSignedClient(env, {
      url: requireVariable(env, 'API_URL'),
      timeoutMilliseconds: AUDIT_TIMEOUT_MILLISECONDS,
      serviceName: 'the API',
    }),
  );

export const explainPorts = () => ({
  deadLetters: deadLetterQueues('DEAD_LETTER_LOGS'),
  orders: orderStates(),
  logs: new CloudWatchConsumerLogs(
    new CloudWatchLogsClient({}),
    requireVariable(env, 'DEAD_LETTER_LOGS'),
  ),
});
export const redrivePorts = () => ({
  deadLetters: deadLetterQueues('DEAD_LETTER_TARGETS'),
  orders: orderStates(),
  redriver: new AwsRedriver(
    new SQSClient({}),
    new LambdaConsumers(new LambdaClient({})),
    requireVariable(env, 'DEAD_LETTER_TARGETS'),
    queueUrl(),
  ),
});
