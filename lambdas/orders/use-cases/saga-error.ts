import type { ParkOrderCommand, StepError } from '../../contracts/order-commands.ts';

/**
 * The code of the refusal that a step threw. Lambda puts the error into Cause as JSON, and taskHandler the refusal into its
 * message; the callback of the stock's answer puts the code there as it is.
 */
export function codeOf({ Cause }: StepError): string | undefined {
  if (Cause === undefined) return undefined;
  const refusal = parsed(stringIn(parsed(Cause), 'errorMessage'));
  return stringIn(refusal, 'code') ?? (/^[A-Z_]{1,64}$/.test(Cause) ? Cause : undefined);
}

/** Why the order is cancelled: the name of the error, and the code where there is one. */
export function reasonOf(error: StepError): string {
  const code = codeOf(error);
  return code === undefined ? error.Error : `${error.Error}: ${code}`;
}

/** What could not be undone. */
export function parkingReasonOf({ money, stock, error }: ParkOrderCommand): string {
  const reasons = [
    money?.error && `the money was not given back (${reasonOf(money.error)})`,
    stock?.error && `the stock was not released (${reasonOf(stock.error)})`,
    error && `the saga could not go on (${reasonOf(error)})`,
  ];
  return reasons.filter((reason) => reason !== undefined).join('; ');
}

function parsed(json: string | undefined): unknown {
  try {
    return json === undefined ? undefined : JSON.parse(json);
  } catch {
    return undefined;
  }
}

function stringIn(value: unknown, field: string): string | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const found = Object.entries(value).find(([name]) => name === field)?.[1];
  return typeof found === 'string' ? found : undefined;
}
