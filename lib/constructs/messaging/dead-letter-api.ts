import type { Stack } from 'aws-cdk-lib';
import { formatQueueSettings } from '../../../lambdas/contracts/dead-letters-api.ts';
import type { Bundles } from '../../bundling/bundle-lambdas.ts';
import type { Config } from '../../config.ts';
import type { Scope } from '../api/access.ts';
import type { StockbookApi } from '../api/http-api.ts';
import { AUDIT_TIMEOUT, ServiceFunction } from '../compute/service-function.ts';
import type { DeadLetterQueue } from './dead-letter-queue.ts';

export type DeadLetterApiProps = {
  readonly config: Config;
  readonly bundles: Bundles;
  readonly api: StockbookApi;
  readonly queues: readonly DeadLetterQueue[];
};

const RECEIVE = ['sqs:ReceiveMessage', 'sqs:ChangeMessageVisibility'];
const DELETE = 'sqs:DeleteMessage';
/** Of these, a consumer logs each message that it fails on. */
const LOGGED_KINDS = ['event', 'work'];

/** The routes by which operators see what could not be handled, and send it on its way again or throw it away. */
export function createDeadLetterApi(stack: Stack, props: DeadLetterApiProps): void {
  const { config, bundles, api, queues } = props;
  const environment = { API_URL: api.url, QUEUE_URL: queues[0]?.queueUrl ?? '' };
  const addRoute = (
    name: string,
    handler: string,
    route: string,
    access: Scope,
    variable: string,
    settings: string,
  ) => {
    const made = new ServiceFunction(stack, name, {
      config,
      bundles,
      handler: `dead-letters/${handler}`,
      environment: { ...environment, [variable]: settings },
      timeout: AUDIT_TIMEOUT,
    });
    api.addRoute(stack, route, access, made);
    return made;
  };
  const allowAuditRequests = (asker: ServiceFunction) =>
    ['GET /audit/orders', 'GET /audit/reservations'].reduce(
      (allowed, route) => allowed.allow(api.executeApiArn(route), 'execute-api:Invoke'),
      asker,
    );
  const list = addRoute(
    'ListDeadLetters',
    'list-dead-letters',
    'GET /dead-letters',
    'operations',
    'DEAD_LETTERS',
    formatQueueSettings('contents', queues.map(toSetting)),
  );
  const explain = allowAuditRequests(
    addRoute(
      'ExplainDeadLetters',
      'explain-dead-letters',
      'GET /dead-letters/{queue}',
      'operations',
      'DEAD_LETTER_LOGS',
      formatQueueSettings(
        'logGroup',
        queues.map((queue) => ({ ...toSetting(queue), logGroup: logGroupOf(queue) })),
      ),
    ),
  );
  const redrive = allowAuditRequests(
    addRoute(
      'RedriveDeadLetters',
      'redrive-dead-letters',
      'POST /dead-letters/{queue}/redrive',
      'operations',
      'DEAD_LETTER_TARGETS',
      formatQueueSettings(
        'target',
        queues.map((queue) => ({ ...toSetting(queue), target: targetOf(queue) })),
      ),
    ),
  );
  const discard = addRoute(
    'DiscardDeadLetters',
    'discard-dead-letters',
    'POST /dead-letters/{queue}/discard',
    'operations',
    'DEAD_LETTERS',
    formatQueueSettings('contents', queues.map(toSetting)),
  );
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

/** Returns what functions read of a queue. */
export const toSetting = ({ queueId, kind, queueName, contents }: DeadLetterQueue) => ({
  queue: queueId,
  kind,
  queueName,
  contents,
});

const logGroupOf = ({ kind, redriveTarget }: DeadLetterQueue): string =>
  LOGGED_KINDS.includes(kind) ? (redriveTarget?.consumer.logGroup.logGroupName ?? '') : '';

/** What a rule could not deliver goes where the same events go that their consumer failed on: told once, for an environment has 4 KB. */
const targetOf = ({ kind, redriveTarget }: DeadLetterQueue): string =>
  kind === 'delivery'
    ? ''
    : (redriveTarget?.queue?.queueName ?? redriveTarget?.consumer.liveAlias.functionArn ?? '');
