import {
  mergeLines,
  type Reservation,
  statusAt,
} from '../../../lambdas/inventory/domain/ledger/reservation.ts';
import {
  extendReservation,
  releaseReservation,
} from '../../../lambdas/inventory/use-cases/reservations/change-reservation.ts';
import { reserveStock } from '../../../lambdas/inventory/use-cases/reservations/reserve-stock.ts';
import type { Hold, InventoryClient } from '../../../lambdas/orders/use-cases/ports.ts';
import { fingerprintOf } from '../../../lambdas/shared/core/fingerprint.ts';
import { epochSecondsToIso } from '../../../lambdas/shared/core/instant.ts';
import { err, ok } from '../../../lambdas/shared/core/result.ts';
import { BUCKET_SECONDS } from '../../support/inventory.ts';
import type { MemoryStockStore } from '../../support/memory-stock-store.ts';

/** Returns inventory's use cases on a book in memory, at the time of each call, like its routes. */
export function inventoryOf(book: MemoryStockStore, clock: () => number): InventoryClient {
  const contextNow = () => ({
    now: clock(),
    by: 'orders',
    correlationId: 'corr',
    bucketSeconds: BUCKET_SECONDS,
  });
  const holdOf = (reservation: Reservation): Hold => ({
    status: statusAt(reservation, clock()),
    expiresAt: reservation.heldUntil === undefined ? '' : epochSecondsToIso(reservation.heldUntil),
    lines: mergeLines(reservation.lines),
  });
  return {
    reserve: async ({ orderId, lines, holdSeconds }) => {
      const fingerprint = fingerprintOf({ lines, holdSeconds });
      const command = {
        ...contextNow(),
        reservationId: orderId,
        orderId,
        lines,
        holdSeconds,
        fingerprint,
      };
      const result = await reserveStock(book, command);
      if (result.ok) {
        return ok(holdOf(result.value.reservation));
      }
      const { error } = result;
      if (error.kind === 'notOwner') throw new Error('orders is not the owner of its reservation');
      // Orders name no sources.
      if (error.kind === 'unknownLocation' || error.kind === 'conflictingSources')
        throw new Error(error.kind);
      return err(
        error.kind === 'alreadyReleased' ? { kind: 'reservationExpired' as const } : error,
      );
    },
    extend: async ({ orderId, holdSeconds, key }) => {
      const command = { ...contextNow(), reservationId: orderId, holdSeconds };
      const request = { operationId: key, fingerprint: String(holdSeconds) };
      const result = await extendReservation(book, { ...command, ...request });
      if (!result.ok) return err({ kind: 'reservationExpired' });
      return ok(holdOf(result.value));
    },
    release: async ({ orderId }) => {
      const result = await releaseReservation(book, {
        ...contextNow(),
        reservationId: orderId,
      });
      return result.ok ? ok(undefined) : err({ kind: 'alreadyFulfilled' });
    },
  };
}
