import type { Owner } from '../../domain/ledger/reservation.ts';

/** Prefix of the ids that orders gives its orders, and with them its reservations. */
const ORDER_ID_PREFIX = 'ord_';
/**
 * `arn:aws:sts::<account>:assumed-role/<role>/<session>` or `arn:aws:iam::<account>:user/<name>`
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html
 */
const CALLER_ARN = /^arn:[^:]*:[^:]*:[^:]*:([^:]*):(.+)$/;
const ASSUMED_ROLE = /^assumed-role\/([^/]+)\/.+$/;

/**
 * Returns the owner of a reservation that a caller makes. A reservation with an id of an order
 * belongs to orders, whose functions have a role each. Any other belongs to the caller's role or
 * user, in whatever session it calls.
 */
export function ownerFor(reservationId: string, callerArn: string): Owner {
  return reservationId.startsWith(ORDER_ID_PREFIX) ? 'order' : serviceOf(callerArn);
}

/** Returns the owner that reservations of a caller have, unless their ids are those of orders. */
export function serviceOf(callerArn: string): Owner {
  const [, account, name] = CALLER_ARN.exec(callerArn) ?? [];
  if (account === undefined || name === undefined)
    throw new Error(`the caller of a service route has no ARN: ${callerArn}`);
  return `service:${account}/${name.replace(ASSUMED_ROLE, 'role/$1')}`;
}
