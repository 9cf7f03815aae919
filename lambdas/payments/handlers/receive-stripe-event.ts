import { webhookHandler } from '../../shared/http/webhook-handler.ts';
import { settlePayment } from '../use-cases/settle-payment.ts';
import { paymentPorts, stripeAccount } from '../wiring.ts';

const [ports, account] = await Promise.all([paymentPorts(), stripeAccount()]);

export const handler = webhookHandler({
  signature: 'stripe-signature',
  // The route exists with every provider, so that no change of the provider removes a route: docs/adr/0034.
  run:
    account &&
    (async (body, signature, now) => {
      const attempt = await account.attemptIn(body, signature);
      if (attempt === 'forged' || attempt === 'other') return attempt;
      return (await settlePayment(ports, attempt.key, now)) ? 'taken' : 'other';
    }),
});
