import type { Stack } from 'aws-cdk-lib';
import { toDeadLetterLines } from '../../../lambdas/contracts/dead-letters-api.ts';
import type { Bundles } from '../../bundling/bundle-lambdas.ts';
import type { Config } from '../../config.ts';
import type { StockbookApi } from '../api/http-api.ts';
import type { Scope } from '../api/token-issuer.ts';
import { AUDIT_TIMEOUT, ServiceFunction } from '../compute/service-function.ts';
import type { DeadLetterQueue } from './dead-letter-queue.ts';

export type DeadLetterDeskProps = {
  readonly config: Config;
  readonly bundles: Bundles;
  readonly api: StockbookApi;
  readonly queues: readonly DeadLetterQueue[];
};

const TAKE = ['sqs:ReceiveMessage', 'sqs:ChangeMessageVisibility'];
const REMOVE = 'sqs:DeleteMessage';
/** Of these, a consumer logs each message that it fails on. */
const LOGGED_KINDS = ['event', 'work'];

/** The lines that tell functions of dead letter queues; `more` is what a function needs of each besides. */
export const deadLetterLines = (
  queues: readonly DeadLetterQueue[],
  more: (queue: DeadLetterQueue) => string,
): string =>
  toDeadLetterLines(
    queues.map((queue) => ({
      queue: queue.id,
      kind: queue.kind,
      name: queue.queueName,
      more: more(queue),
    })),
  );

/** The routes by which operators see what could not be handled, and send it on its way again or throw it away. */
export function openDeadLetterDesk(stack: Stack, props: DeadLetterDeskProps): void {
  const { config, bundles, api, queues } = props;
  const environment = { API_URL: api.url, QUEUE_URL: queues[0]?.queueUrl ?? '' };
  const routed = (
    name: string,
    handler: string,
    route: string,
    access: Scope,
    variable: string,
    more: (queue: DeadLetterQueue) => string,
  ) => {
    const made = new ServiceFunction(stack, name, {
      config,
      bundles,
      handler: `operations/${handler}`,
      environment: { ...environment, [variable]: deadLetterLines(queues, more) },
      timeout: AUDIT_TIMEOUT,
    });
    api.route(stack, route, access, made);
    return made;
  };
  const asking = (asker: ServiceFunction) =>
    ['GET /audit/orders', 'GET /audit/reservations'].reduce(
      (allowed, route) => allowed.allow(api.arnOf(route), 'execute-api:Invoke'),
      asker,
    );
  const holds = (queue: DeadLetterQueue) => queue.holds;

  const list = routed(
    'ListDeadLetters',
    'list-dead-letters',
    'GET /dead-letters',
    'operations',
    'DEAD_LETTERS',
    holds,
  );
  const explain = asking(
    routed(
      'ExplainDeadLetters',
      'explain-dead-letters',
      'GET /dead-letters/{queue}',
      'operations',
      'DEAD_LETTER_LOGS',
      logGroupOf,
    ),
  );
  const redrive = asking(
    routed(
      'RedriveDeadLetters',
      'redrive-dead-letters',
      'POST /dead-letters/{queue}/redrive',
      'operations',
      'DEAD_LETTER_TARGETS',
      targetOf,
    ),
  );
  const discard = routed(
    'DiscardDeadLetters',
    'discard-dead-letters',
    'POST /dead-letters/{queue}/discard',
    'operations',
    'DEAD_LETTERS',
    holds,
  );
  for (const { queueArn } of queues) {
    list.allow(queueArn, 'sqs:GetQueueAttributes');
    explain.allow(queueArn, ...TAKE);
    redrive.allow(queueArn, ...TAKE, REMOVE);
    discard.allow(queueArn, ...TAKE, REMOVE);
  }
  for (const { kind, target } of queues) {
    if (target === undefined) continue;
    if (LOGGED_KINDS.includes(kind))
      explain.allow(target.consumer.logGroup.logGroupArn, 'logs:FilterLogEvents');
    if (target.queue === undefined)
      redrive.allow(target.consumer.live.functionArn, 'lambda:InvokeFunction');
    else redrive.allow(target.queue.queueArn, 'sqs:SendMessage');
  }
}

const logGroupOf = ({ kind, target }: DeadLetterQueue): string =>
  LOGGED_KINDS.includes(kind) ? (target?.consumer.logGroup.logGroupName ?? '') : '';

/** What a rule could not deliver goes where the same events go that their consumer failed on: told once, for an environment has 4 KB. */
const targetOf = ({ kind, target }: DeadLetterQueue): string =>
  kind === 'delivery' ? '' : (target?.queue?.queueName ?? target?.consumer.live.functionArn ?? '');
