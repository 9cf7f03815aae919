import {
  type Cell,
  cellIdOf,
  quantitiesAt,
  sellableUnits,
} from '../../../lambdas/inventory/domain/ledger/cell.ts';
import type { Result } from '../../../lambdas/shared/core/result.ts';
import type { MemoryStockStore } from '../../support/memory-stock-store.ts';
import { LOCATIONS, SKUS } from './steps.ts';

/** A request in progress, and the states of the book that it may have seen. */
export type RequestObservation = {
  readonly now: number;
  /** Locations from which the request may take units. Empty for an extension. */
  readonly candidates: readonly string[];
  /** True for a request that leaves the safety stock. */
  readonly keepsFloor: boolean;
  /** Minimum of the units that it may take, by SKU, at all candidates together. */
  readonly leastAvailable: Map<string, number>;
  /** Minimum of the units that it may take, by SKU and location. */
  readonly leastAt: Map<string, number>;
  /** The reservation to be extended. */
  readonly reservationId: string | undefined;
  /** True as long as that was held and no cell had released its units. */
  isHeld: boolean;
};

export const cellsOfSku = (store: MemoryStockStore, sku: string): readonly Cell[] =>
  [...store.cells.values()].filter((cell) => cell.sku === sku);

const lower = (least: Map<string, number>, key: string, units: number): void =>
  void least.set(key, Math.min(least.get(key) ?? Number.POSITIVE_INFINITY, units));

/** Observes the requests in progress, to find rejections for which there was never a reason. */
export class ObservedRequests {
  readonly #store: MemoryStockStore;
  readonly #open = new Set<RequestObservation>();
  /** Number of rejections for insufficient stock. */
  rejections = 0;

  constructor(store: MemoryStockStore) {
    this.#store = store;
  }

  start(
    now: number,
    {
      reservationId,
      candidates = [],
      keepsFloor = true,
    }: {
      readonly reservationId?: string;
      readonly candidates?: readonly string[];
      readonly keepsFloor?: boolean;
    },
  ): RequestObservation {
    const observation: RequestObservation = {
      now,
      candidates,
      keepsFloor,
      leastAvailable: new Map<string, number>(),
      leastAt: new Map<string, number>(),
      reservationId,
      isHeld: true,
    };
    this.#open.add(observation);
    this.observe();
    return observation;
  }

  /** Updates the observations of all requests in progress, by the clocks of their functions. */
  observe(): void {
    for (const observation of this.#open) {
      const { now, candidates, keepsFloor, leastAvailable, leastAt, reservationId } = observation;
      observation.isHeld &&= reservationId !== undefined && this.#isHeld(reservationId);
      for (const sku of SKUS) {
        const availableAt = (places: readonly string[]): number =>
          cellsOfSku(this.#store, sku)
            .filter(({ locationId }) => places.includes(locationId))
            .reduce(
              (sum, cell) =>
                sum + (keepsFloor ? sellableUnits(cell, now) : quantitiesAt(cell, now).available),
              0,
            );
        lower(leastAvailable, sku, availableAt(candidates));
        for (const place of LOCATIONS) lower(leastAt, `${sku}#${place}`, availableAt([place]));
      }
    }
  }

  /** Ends a request. Throws if its rejection was false at each time during the request. */
  end(
    observation: RequestObservation,
    result: Result<unknown, { readonly kind: string }> | undefined,
  ): void {
    this.#open.delete(observation);
    if (result?.ok !== false) return;
    const { leastAvailable, leastAt, isHeld, reservationId } = observation;
    if (result.error.kind === 'expired' && isHeld)
      throw new Error(
        `falsely rejected: ${reservationId} was held all the time, and its extension found it expired`,
      );
    if (result.error.kind !== 'insufficientStock') return;
    this.rejections += 1;
    const { shortages } = result.error as unknown as {
      shortages: { sku: string; requested: number }[];
    };
    const isJustified =
      reservationId === undefined
        ? shortages.some(({ sku, requested }) => (leastAvailable.get(sku) ?? 0) < requested)
        : this.#demandOf(reservationId).some(([place, units]) => (leastAt.get(place) ?? 0) < units);
    if (!isJustified)
      throw new Error(
        `falsely rejected: ${JSON.stringify(shortages)}, never less than ${[...leastAvailable, ...leastAt]}`,
      );
  }

  /** Returns the units of a reservation by SKU and location: an extension takes no others. */
  #demandOf(reservationId: string): [string, number][] {
    const units = new Map<string, number>();
    for (const { sku, locationId, quantity } of this.#store.reservations.get(reservationId)
      ?.lines ?? [])
      units.set(`${sku}#${locationId}`, (units.get(`${sku}#${locationId}`) ?? 0) + quantity);
    return [...units];
  }

  #isHeld(reservationId: string): boolean {
    const { status, heldUntil = 0, lines = [] } = this.#store.reservations.get(reservationId) ?? {};
    return (
      status === 'HELD' &&
      lines.every(
        (line) => (this.#store.cells.get(cellIdOf(line))?.expiredThrough ?? 0) < heldUntil,
      )
    );
  }
}
