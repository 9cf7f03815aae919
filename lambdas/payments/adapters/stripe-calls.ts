import Stripe from 'stripe';
import { OutcomeUnknownError } from '../use-cases/ports.ts';

/**
 * Returns the code of a rejection, or undefined after success. Throws OutcomeUnknownError when
 * neither is known.
 */
export async function rejectionCodeOf(call: () => Promise<unknown>): Promise<string | undefined> {
  try {
    await callStripe(call);
    return undefined;
  } catch (error) {
    if (
      error instanceof Stripe.errors.StripeCardError ||
      error instanceof Stripe.errors.StripeInvalidRequestError
    )
      return error.decline_code ?? error.code ?? error.rawType ?? error.type;
    throw error;
  }
}

/**
 * Calls Stripe. Throws OutcomeUnknownError when no response arrived, when Stripe failed, or while a
 * duplicate of the call is in progress. https://docs.stripe.com/error-low-level
 */
export async function callStripe<T>(call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (error) {
    const { errors } = Stripe;
    const isUnknown =
      error instanceof errors.StripeConnectionError ||
      error instanceof errors.StripeAPIError ||
      error instanceof errors.StripeRateLimitError ||
      error instanceof errors.StripeIdempotencyError;
    if (isUnknown) throw new OutcomeUnknownError(`Stripe: ${error.type}`, { cause: error });
    throw error;
  }
}
