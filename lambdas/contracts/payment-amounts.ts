import * as z from 'zod/mini';
import type { Money } from './primitives.ts';

export const PaymentProviderName = z.enum(['sandbox', 'stripe']);
export type PaymentProviderName = z.infer<typeof PaymentProviderName>;

/** Reason why a provider cannot take an amount. */
export type AmountProblem =
  | 'CURRENCY_NOT_SUPPORTED'
  | 'AMOUNT_TOO_SMALL'
  | 'AMOUNT_TOO_LARGE'
  | 'AMOUNT_NOT_MULTIPLE_OF_TEN';

/** Currencies that Stripe supports. https://docs.stripe.com/currencies#presentment-currencies */
const STRIPE_CURRENCIES: ReadonlySet<string> = new Set(
  (
    'USD AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BHD BIF BMD BND BOB BRL BSD BWP BYN BZD CAD CDF ' +
    'CHF CLP CNY COP CRC CVE CZK DJF DKK DOP DZD EGP ETB EUR FJD FKP GBP GEL GIP GMD GNF GTQ GYD HKD HNL HTG HUF ' +
    'IDR ILS INR ISK JMD JOD JPY KES KGS KHR KMF KRW KWD KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP ' +
    'MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD OMR PAB PEN PGK PHP PKR PLN PYG QAR RON RSD RUB RWF SAR SBD ' +
    'SCR SEK SGD SHP SLE SOS SRD STD SZL THB TJS TND TOP TRY TTD TWD TZS UAH UGX UYU UZS VND VUV WST XAF XCD XOF ' +
    'XPF YER ZAR ZMW'
  ).split(' '),
);
/**
 * Minimum amounts in minor units. For other currencies, Stripe converts the amount to the currency
 * of the account's bank and declines it there.
 * https://docs.stripe.com/currencies#minimum-and-maximum-charge-amounts
 */
const STRIPE_MINIMUM: Readonly<Record<string, number>> = {
  USD: 50,
  AED: 200,
  AUD: 50,
  BRL: 50,
  CAD: 50,
  CHF: 50,
  CZK: 1_500,
  DKK: 250,
  EUR: 50,
  GBP: 30,
  HKD: 400,
  HUF: 17_500,
  INR: 50,
  JPY: 50,
  MXN: 1_000,
  MYR: 200,
  NOK: 300,
  NZD: 50,
  PLN: 200,
  RON: 200,
  SEK: 300,
  SGD: 50,
  THB: 1_000,
};
/**
 * Maximum amount: eight digits.
 * https://docs.stripe.com/api/payment_intents/create#create_payment_intent-amount
 */
const STRIPE_AMOUNT_MAX = 99_999_999;
/** Currencies whose amounts must end with 0. https://docs.stripe.com/currencies#three-decimal */
const STRIPE_THREE_DECIMALS: ReadonlySet<string> = new Set(['BHD', 'JOD', 'KWD', 'OMR', 'TND']);

/**
 * Returns the reason why the provider cannot take the amount, or undefined. A free order needs no
 * provider.
 */
export function amountProblemOf(
  provider: PaymentProviderName,
  { amount, currency }: Money,
): AmountProblem | undefined {
  if (provider === 'sandbox' || amount === 0) return undefined;
  if (!STRIPE_CURRENCIES.has(currency)) return 'CURRENCY_NOT_SUPPORTED';
  const minimum = Object.hasOwn(STRIPE_MINIMUM, currency) ? (STRIPE_MINIMUM[currency] ?? 1) : 1;
  if (amount < minimum) return 'AMOUNT_TOO_SMALL';
  if (amount > STRIPE_AMOUNT_MAX) return 'AMOUNT_TOO_LARGE';
  if (STRIPE_THREE_DECIMALS.has(currency) && amount % 10 !== 0) return 'AMOUNT_NOT_MULTIPLE_OF_TEN';
  return undefined;
}
