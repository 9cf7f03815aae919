import {
  type Cell,
  cellIdOf,
  quantitiesAt,
} from '../../../lambdas/inventory/domain/ledger/cell.ts';
import type { Result } from '../../../lambdas/shared/core/result.ts';
import type { MemoryStockStore } from '../../support/memory-stock-store.ts';
import { SKUS } from './steps.ts';

/** A request in progress, and the states of the book that it may have seen. */
export type RequestObservation = {
  readonly now: number;
  /** Minimum of available units during the request, by SKU. */
  readonly leastAvailable: Map<string, number>;
  /** The reservation to be extended. */
  readonly reservationId: string | undefined;
  /** True as long as that was held and no cell had released its units. */
  isHeld: boolean;
};

export const cellsOfSku = (store: MemoryStockStore, sku: string): readonly Cell[] =>
  [...store.cells.values()].filter((cell) => cell.sku === sku);

/** Observes the requests in progress, to find rejections for which there was never a reason. */
export class ObservedRequests {
  readonly #store: MemoryStockStore;
  readonly #open = new Set<RequestObservation>();
  /** Number of rejections for insufficient stock. */
  rejections = 0;

  constructor(store: MemoryStockStore) {
    this.#store = store;
  }

  start(now: number, reservationId: string | undefined): RequestObservation {
    const observation: RequestObservation = {
      now,
      leastAvailable: new Map<string, number>(),
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
      const { now, leastAvailable, reservationId } = observation;
      observation.isHeld &&= reservationId !== undefined && this.#isHeld(reservationId);
      for (const sku of SKUS) {
        const available = cellsOfSku(this.#store, sku).reduce(
          (sum, cell) => sum + quantitiesAt(cell, now).available,
          0,
        );
        leastAvailable.set(
          sku,
          Math.min(leastAvailable.get(sku) ?? Number.POSITIVE_INFINITY, available),
        );
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
    const { leastAvailable, isHeld, reservationId } = observation;
    if (result.error.kind === 'expired' && isHeld)
      throw new Error(
        `falsely rejected: ${reservationId} was held all the time, and its extension found it expired`,
      );
    if (result.error.kind !== 'insufficientStock') return;
    this.rejections += 1;
    const { shortages } = result.error as unknown as {
      shortages: { sku: string; requested: number }[];
    };
    if (!shortages.some(({ sku, requested }) => (leastAvailable.get(sku) ?? 0) < requested))
      throw new Error(
        `falsely rejected: ${JSON.stringify(shortages)}, never less than ${[...leastAvailable]}`,
      );
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
