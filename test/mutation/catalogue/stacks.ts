import { type Mutant, ofInfra, ofOperations, ofPayments, ofShared } from '../mutant.ts';

const returning = ofPayments('use-cases/return-payment');
const capturing = ofPayments('use-cases/capture-payment');
const auditing = ofPayments('use-cases/audit-payments');
const pruning = ofOperations('use-cases/prune-route-settings');
const stage = ofOperations('adapters/api-gateway-stage');
const resource = ofShared('events/custom-resource-handler', [['test/unit/operations']]);
const desk = ofOperations('use-cases/treat-letters');
const key = ofInfra('constructs/security/customer-key', ['test/infra/security/customer-key']);
const payments = ofInfra('stacks/payments-stack', ['test/infra/api/http-api']);
const functions = ofInfra('constructs/compute/gradual-rollout', [
  'test/infra/deployment/second-deployments',
]);

/** What keeps a stage deployable, and its money and events, when its options change. */
export const OF_STACKS: readonly Mutant[] = [
  returning(
    'a refund at another provider counts as done',
    'if (isOfAnother(payment, provider.name))',
    'if (isOfAnother(payment, payment.provider ?? provider.name))',
  ),
  capturing(
    'another provider is asked for a capture',
    'if (isOfAnother(payment, provider.name))',
    'if (isOfAnother(payment, payment.provider ?? provider.name))',
  ),
  auditing(
    'another provider is asked about a payment that waits',
    '!isWaiting || isOfAnother(payment, provider.name)',
    '!isWaiting',
  ),
  pruning(
    'settings of routes that exist are deleted',
    '!routes.includes(routeKey)',
    'routes.includes(routeKey)',
  ),
  stage(
    'a stage that does not exist yet fails the first deployment',
    'if (error instanceof NotFoundException) return undefined;',
    '',
  ),
  resource(
    'a resource that is deleted is applied once more',
    "event.RequestType !== 'Delete'",
    "event.RequestType !== 'Create'",
  ),
  resource('a lost outcome is not sent again', 'if (!ok)', 'if (false)'),
  desk(
    'an encrypted event is sent again',
    "  bus: 'an event of this queue is encrypted: run npm run reconcile -- --full, then discard it',\n",
    '',
  ),
  key(
    'notices of drift need a condition that EventBridge does not send',
    "{\n      ArnLike: { 'kms:EncryptionContext:aws:sns:topicArn': ownArn('sns', '*') },\n    }",
    'OF_THE_ACCOUNT',
  ),
  key(
    'the bus leaves what it cannot encrypt in a queue that needs the same key',
    "if (scope instanceof DeadLetterQueue && scope.kind === 'bus') return;",
    '',
  ),
  payments(
    'the webhook is a route with one provider only',
    "    api.route(this, 'POST /webhooks/stripe',",
    "    if (isStripe) api.route(this, 'POST /webhooks/stripe',",
  ),
  functions(
    'a function has another alias with another rollout',
    'aliasName: ALIAS,',
    'aliasName: ALIAS + rollout,',
  ),
];
