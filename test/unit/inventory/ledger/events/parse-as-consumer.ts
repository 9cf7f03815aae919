import type { InventoryEvent } from '../../../../../lambdas/contracts/events.ts';
import { InventoryEvents } from '../../../../../lambdas/contracts/events.ts';

export const AT = '2026-01-01T12:00:00.000Z';

/**
 * Returns the events as consumers parse them by the schemas of the contract. They must equal the
 * published events.
 */
export const parseAsConsumer = (events: readonly InventoryEvent[]) =>
  events.map(({ type, detail }) => ({ type, detail: InventoryEvents[type].parse(detail) }));
