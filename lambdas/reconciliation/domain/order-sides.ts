import type { OrderAudit, PaymentAudit, ReservationAudit } from '../../contracts/audit-api.ts';
import type { Repair, RepairCommand, UnitsOfSku } from './repair.ts';

export type OrderSides = {
  readonly order: OrderAudit;
  readonly reservation: ReservationAudit | undefined;
  /** Of the order's last attempt. */
  readonly payment: PaymentAudit | undefined;
};

type Lines = { readonly lines: readonly { readonly sku: string; readonly quantity: number }[] };

/** Each sku once. */
export const unitsOf = ({ lines }: Lines): readonly UnitsOfSku[] => {
  const units = new Map<string, number>();
  for (const { sku, quantity } of lines) units.set(sku, (units.get(sku) ?? 0) + quantity);
  return [...units].map(([sku, of]) => ({ sku, units: of }));
};
export const countOf = ({ lines }: Lines): number =>
  lines.reduce((units, { quantity }) => units + quantity, 0);

/** What every finding about an order says. */
export const ofOrder = ({ order, reservation, payment }: OrderSides) => ({
  subject: `order:${order.orderId}`,
  since: order.since,
  records: [
    order,
    ...(reservation === undefined ? [] : [reservation]),
    ...(payment === undefined ? [] : [payment]),
  ],
});

export const repairOf = (
  command: RepairCommand,
  effect: string,
  { units = [], isSafe = true }: { units?: readonly UnitsOfSku[]; isSafe?: boolean } = {},
): { repair: Repair } => ({ repair: { command, effect, units, isSafe } });
