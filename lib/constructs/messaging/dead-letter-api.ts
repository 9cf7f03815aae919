import type { Stack } from 'aws-cdk-lib';
import { formatQueueSettings } from '../../../lambdas/contracts/api/dead-letters.ts';
import type { RouteKey } from '../../../lambdas/contracts/routes.ts';
import { ContextFunctions, type ContextFunctionsProps } from '../compute/context-functions.ts';
import { AUDIT_TIMEOUT } from '../compute/service-function.ts';
import type { DeadLetterQueue } from './dead-letter-queue.ts';

export type DeadLetterApiProps = Pick<ContextFunctionsProps, 'config' | 'bundles' | 'shared'> & {
  readonly queues: readonly DeadLetterQueue[];
};

const RECEIVE = ['sqs:ReceiveMessage', 'sqs:ChangeMessageVisibility'];
const DELETE = 'sqs:DeleteMessage';
/** Kinds of queues whose consumer logs each message that it fails to handle. */
const LOGGED_KINDS = ['event', 'work'];

/** Creates the routes by which operators list, explain, redrive and discard dead letters. */
export function createDeadLetterApi(stack: Stack, { queues, ...props }: DeadLetterApiProps): void {
  const functions = new ContextFunctions(stack, {
    ...props,
    context: 'dead-letters',
    environment: {
      API_URL: props.shared.api.url,
      QUEUE_URL: queues[0]?.queueUrl ?? '',
      ORDERS: String(props.config.orders),
    },
  });
  const addRoute = (route: RouteKey, variable: string, settings: string, calls: RouteKey[] = []) =>
    functions.http(route, {
      environment: { [variable]: settings },
      timeout: AUDIT_TIMEOUT,
      calls,
    });
  const contents = formatQueueSettings('contents', queues.map(toSetting));
  const logGroups = formatQueueSettings(
    'logGroup',
    queues.map((queue) => ({ ...toSetting(queue), logGroup: logGroupOf(queue) })),
  );
  const targets = formatQueueSettings(
    'target',
    queues.map((queue) => ({ ...toSetting(queue), target: targetOf(queue) })),
  );
  const audits: RouteKey[] = ['auditOrders', 'auditReservations'];

  const list = addRoute('listDeadLetters', 'DEAD_LETTERS', contents);
  const explain = addRoute('explainDeadLetters', 'DEAD_LETTER_LOGS', logGroups, audits);
  const redrive = addRoute('redriveDeadLetters', 'DEAD_LETTER_TARGETS', targets, audits);
  const discard = addRoute('discardDeadLetters', 'DEAD_LETTERS', contents);
  for (const { queueArn } of queues) {
    list.allow(queueArn, 'sqs:GetQueueAttributes');
    explain.allow(queueArn, ...RECEIVE);
    redrive.allow(queueArn, ...RECEIVE, DELETE);
    discard.allow(queueArn, ...RECEIVE, DELETE);
  }
  for (const { kind, redriveTarget } of queues) {
    if (redriveTarget === undefined) continue;
    if (LOGGED_KINDS.includes(kind))
      explain.allow(redriveTarget.consumer.logGroup.logGroupArn, 'logs:FilterLogEvents');
    if (redriveTarget.queue === undefined)
      redrive.allow(redriveTarget.consumer.liveAlias.functionArn, 'lambda:InvokeFunction');
    else redrive.allow(redriveTarget.queue.queueArn, 'sqs:SendMessage');
  }
}

/** Returns the description of a queue that the functions read. */
export const toSetting = ({ queueId, kind, queueName, contents }: DeadLetterQueue) => ({
  queue: queueId,
  kind,
  queueName,
  contents,
});

const logGroupOf = ({ kind, redriveTarget }: DeadLetterQueue): string =>
  LOGGED_KINDS.includes(kind) ? (redriveTarget?.consumer.logGroup.logGroupName ?? '') : '';

/**
 * Returns the target of a redrive. A message that a rule could not deliver has the same target as
 * the other queue of its subscription. The environment does not repeat it, because it is limited to
 * 4 KB.
 */
const targetOf = ({ kind, redriveTarget }: DeadLetterQueue): string =>
  kind === 'delivery'
    ? ''
    : (redriveTarget?.queue?.queueName ?? redriveTarget?.consumer.liveAlias.functionArn ?? '');
