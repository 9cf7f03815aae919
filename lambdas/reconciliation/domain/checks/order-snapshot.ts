import type { OrderAudit, PaymentAudit, ReservationAudit } from '../../../contracts/api/audit.ts';
import type { Repair, RepairCommand, SkuUnits } from '../repair.ts';

export type OrderSnapshot = {
  readonly order: OrderAudit;
  readonly reservation: ReservationAudit | undefined;
  /** Payment of the last attempt of the order. */
  readonly payment: PaymentAudit | undefined;
};

type HasLines = { readonly lines: readonly { readonly sku: string; readonly quantity: number }[] };

/** Returns the units per SKU, each SKU once. */
export const unitsBySku = ({ lines }: HasLines): readonly SkuUnits[] => {
  const units = new Map<string, number>();
  for (const { sku, quantity } of lines) units.set(sku, (units.get(sku) ?? 0) + quantity);
  return [...units].map(([sku, of]) => ({ sku, units: of }));
};
export const countUnits = ({ lines }: HasLines): number =>
  lines.reduce((units, { quantity }) => units + quantity, 0);

/** Returns the fields that each detection about an order has. */
export const orderDetectionFields = ({ order, reservation, payment }: OrderSnapshot) => ({
  subject: `order:${order.orderId}`,
  since: order.since,
  records: [
    order,
    ...(reservation === undefined ? [] : [reservation]),
    ...(payment === undefined ? [] : [payment]),
  ],
});

export const proposeRepair = (
  command: RepairCommand,
  effect: string,
  { units = [], isSafe = true }: { units?: readonly SkuUnits[]; isSafe?: boolean } = {},
): { repair: Repair } => ({ repair: { command, effect, units, isSafe } });
