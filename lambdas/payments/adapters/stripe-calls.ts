import Stripe from 'stripe';
import { OutcomeUnknown } from '../use-cases/ports.ts';

/** Returns the code of what Stripe rejects; undefined when it was done. Throws OutcomeUnknown when neither is known. */
export async function refusalOf(call: () => Promise<unknown>): Promise<string | undefined> {
  try {
    await answered(call);
    return undefined;
  } catch (fault) {
    if (
      fault instanceof Stripe.errors.StripeCardError ||
      fault instanceof Stripe.errors.StripeInvalidRequestError
    )
      return fault.decline_code ?? fault.code ?? fault.rawType ?? fault.type;
    throw fault;
  }
}

/**
 * Throws OutcomeUnknown when no response arrived, when Stripe failed, or while a duplicate of the call is in progress.
 * https://docs.stripe.com/error-low-level
 */
export async function answered<Answer>(call: () => Promise<Answer>): Promise<Answer> {
  try {
    return await call();
  } catch (fault) {
    const { errors } = Stripe;
    const isUnknown =
      fault instanceof errors.StripeConnectionError ||
      fault instanceof errors.StripeAPIError ||
      fault instanceof errors.StripeRateLimitError ||
      fault instanceof errors.StripeIdempotencyError;
    if (isUnknown) throw new OutcomeUnknown(`Stripe: ${fault.type}`, { cause: fault });
    throw fault;
  }
}
