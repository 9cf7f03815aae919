import { webhookHandler } from '../../shared/http/webhook-handler.ts';
import { syncPayment } from '../use-cases/sync-payment.ts';
import { paymentPorts, stripeAccount } from '../wiring.ts';

const [ports, account] = await Promise.all([paymentPorts(), stripeAccount()]);

export const handler = webhookHandler({
  signatureHeader: 'stripe-signature',
  // The route exists with every provider, so that changing the provider removes no route:
  // docs/adr/0034.
  run:
    account &&
    (async (body, signature, now) => {
      const attempt = await account.attemptOfEvent(body, signature);
      if (attempt === 'invalidSignature' || attempt === 'ignored') return attempt;
      return (await syncPayment(ports, attempt.key, now)) ? 'processed' : 'ignored';
    }),
});
