import { inApi, inDeadLetters, inInfra, inPayments, inShared, type Mutant } from '../mutant.ts';

const reversePayment = inPayments('use-cases/reverse-payment');
const capturePayment = inPayments('use-cases/capture-payment');
const auditPayments = inPayments('use-cases/audit-payments');
const pruneRouteSettings = inApi('use-cases/prune-route-settings');
const apiGatewayStage = inApi('adapters/api-gateway-stage');
const customResourceHandler = inShared('events/custom-resource-handler', [['test/unit/api']]);
const redriveMessages = inDeadLetters('use-cases/redrive-messages');
const customerKey = inInfra('constructs/security/customer-managed-key', [
  'test/infra/security/customer-managed-key',
]);
const paymentsStack = inInfra('stacks/payments-stack', ['test/infra/api/http-api']);
const gradualRollout = inInfra('constructs/compute/gradual-rollout', [
  'test/infra/deployment/stack-updates',
]);

/** Guards that keep a stage deployable, and its money and events safe, when its options change. */
export const STACK_MUTANTS: readonly Mutant[] = [
  reversePayment(
    'a refund at another provider counts as done',
    'if (isOfOtherProvider(payment, provider.name))',
    'if (isOfOtherProvider(payment, payment.provider ?? provider.name))',
  ),
  capturePayment(
    'a capture is requested from another provider',
    'if (isOfOtherProvider(payment, provider.name))',
    'if (isOfOtherProvider(payment, payment.provider ?? provider.name))',
  ),
  auditPayments(
    'a pending payment is looked up at another provider',
    '!isWaiting || isOfOtherProvider(payment, provider.name)',
    '!isWaiting',
  ),
  pruneRouteSettings(
    'settings of existing routes are deleted',
    '!routes.includes(routeKey)',
    'routes.includes(routeKey)',
  ),
  apiGatewayStage(
    'a stage that does not exist yet fails the first deployment',
    'if (error instanceof NotFoundException) return undefined;',
    '',
  ),
  customResourceHandler(
    'deleting a resource applies it once more',
    "event.RequestType !== 'Delete'",
    "event.RequestType !== 'Create'",
  ),
  customResourceHandler('an undelivered outcome is not sent again', 'if (!ok)', 'if (false)'),
  redriveMessages(
    'an encrypted event is redriven',
    "  bus: 'its event is encrypted: run npm run stockbook -- reconcile --full, then discard it',\n",
    '',
  ),
  customerKey(
    'drift notifications need a condition that EventBridge does not send',
    "{\n      ArnLike: { 'kms:EncryptionContext:aws:sns:topicArn': ownArn('sns', '*') },\n    }",
    'FROM_THIS_ACCOUNT',
  ),
  customerKey(
    'events that the bus cannot encrypt go to a queue with the same key',
    "if (scope instanceof DeadLetterQueue && scope.kind === 'bus') return;",
    '',
  ),
  paymentsStack(
    'the webhook route exists with one provider only',
    "    const webhook = functions.http('receiveStripeEvent');\n    if (isStripe) allowProvider(webhook);\n",
    "    if (isStripe) allowProvider(functions.http('receiveStripeEvent'));\n",
  ),
  gradualRollout(
    'a rollout change renames the alias of a function',
    'aliasName: ALIAS_NAME,',
    'aliasName: ALIAS_NAME + rollout,',
  ),
];
