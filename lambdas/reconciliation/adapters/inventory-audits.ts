import type { AuditClient } from '../use-cases/ports.ts';

const NONE = { items: [], unreadable: [] };

/**
 * Returns the audits of a stage without orders and payments. They have no records of either, and no
 * reservation is compared with an order: another order system owns them all.
 */
export const withoutOrders = (audits: AuditClient): AuditClient => ({
  cells: async (position) => ({ ...(await audits.cells(position)), committed: [] }),
  cell: async (cell, reservationIds, full) => ({
    ...(await audits.cell(cell, reservationIds, full)),
    committed: [],
  }),
  reservations: (ids) => audits.reservations(ids),
  orders: async () => NONE,
  ordersById: async () => NONE,
  payments: async () => NONE,
  paymentsById: async () => NONE,
  countBasis: (count) => audits.countBasis(count),
});
