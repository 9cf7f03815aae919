/**
 * Limits that simulations are synthesized with. One customer can reach them, and they are above the
 * largest order of a flow (52 units).
 */
export const CUSTOMER_LIMITS = { holdsPerCustomer: 4, unitsPerCustomer: 60 };
/** Only the hoarder orders this SKU, so all of its holds are one customer's. */
export const HOARDED_SKU = 'hat';
