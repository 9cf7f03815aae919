/**
 * Minimum amounts by currency, in minor units.
 * https://docs.stripe.com/currencies#minimum-and-maximum-charge-amounts
 */
const MINIMUM_AMOUNTS: Readonly<Record<string, number>> = {
  usd: 50,
  aed: 200,
  aud: 50,
  brl: 50,
  cad: 50,
  chf: 50,
  czk: 1500,
  dkk: 250,
  eur: 50,
  gbp: 30,
  hkd: 400,
  huf: 17500,
  inr: 50,
  jpy: 50,
  mxn: 1000,
  myr: 200,
  nok: 300,
  nzd: 50,
  pln: 200,
  ron: 200,
  sek: 300,
  sgd: 50,
  thb: 1000,
  bhd: 1,
  krw: 1,
  kwd: 1,
  jod: 1,
  omr: 1,
  tnd: 1,
};
/** https://docs.stripe.com/currencies#three-decimal: the last digit must be 0. */
const THREE_DECIMALS = new Set(['bhd', 'jod', 'kwd', 'omr', 'tnd']);
/** Eight digits. https://docs.stripe.com/api/payment_intents/create#create_payment_intent-amount */
const AMOUNT_MAX = 99_999_999;

/** Returns why Stripe rejects an amount, or undefined. */
export function amountRejectionOf(
  amount: number,
  currency: string,
): { readonly code?: string; readonly param: string } | undefined {
  const minimum = MINIMUM_AMOUNTS[currency];
  if (minimum === undefined) return { param: 'currency' };
  if (!Number.isSafeInteger(amount) || amount < 1)
    return { code: 'parameter_invalid_integer', param: 'amount' };
  if (amount > AMOUNT_MAX) return { code: 'amount_too_large', param: 'amount' };
  if (amount < minimum) return { code: 'amount_too_small', param: 'amount' };
  if (THREE_DECIMALS.has(currency) && amount % 10 !== 0) return { param: 'amount' };
  return undefined;
}
