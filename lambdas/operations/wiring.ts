import { CloudWatchLogsClient } from '@aws-sdk/client-cloudwatch-logs';
import { LambdaClient } from '@aws-sdk/client-lambda';
import { SQSClient } from '@aws-sdk/client-sqs';
import { required } from '../shared/core/environment.ts';
import { signedClient } from '../shared/http/signed-client.ts';
import { AwsRedrives } from './adapters/aws-redrives.ts';
import { CloudWatchConsumerLogs } from './adapters/cloudwatch-logs.ts';
import { HttpOrderStates } from './adapters/http-order-states.ts';
import { LambdaConsumers } from './adapters/lambda-consumers.ts';
import { SqsDeadLetters } from './adapters/sqs-dead-letters.ts';

const { env } = process;
/** API Gateway answers within 30 seconds, and there is more to do than to ask. */
const AUDIT_TIMEOUT_MILLISECONDS = 10_000;

const queueUrl = () => required(env, 'QUEUE_URL');

export const deadLetters = (variable = 'DEAD_LETTERS') =>
  new SqsDeadLetters(new SQSClient({}), required(env, variable), queueUrl());
export const orderStates = () =>
  new HttpOrderStates(
    signedClient(env, {
      url: required(env, 'API_URL'),
      timeoutMilliseconds: AUDIT_TIMEOUT_MILLISECONDS,
      service: 'the API',
    }),
  );

export const explainPorts = () => ({
  letters: deadLetters('DEAD_LETTER_LOGS'),
  orders: orderStates(),
  logs: new CloudWatchConsumerLogs(new CloudWatchLogsClient({}), required(env, 'DEAD_LETTER_LOGS')),
});
export const redrivePorts = () => ({
  letters: deadLetters('DEAD_LETTER_TARGETS'),
  orders: orderStates(),
  redrives: new AwsRedrives(
    new SQSClient({}),
    new LambdaConsumers(new LambdaClient({})),
    required(env, 'DEAD_LETTER_TARGETS'),
    queueUrl(),
  ),
});
