import type { CommandContext } from '../../../lambdas/inventory/domain/ledger/decision.ts';
import { decideSpread } from '../../../lambdas/inventory/domain/sharding/spread.ts';
import { changeBook } from '../../../lambdas/inventory/use-cases/change-book.ts';
import type { StockStore } from '../../../lambdas/inventory/use-cases/ports.ts';
import {
  commitReservation,
  extendReservation,
  releaseReservation,
  shipReservation,
} from '../../../lambdas/inventory/use-cases/reservations/change-reservation.ts';
import { ReserveMemory } from '../../../lambdas/inventory/use-cases/reservations/reserve-memory.ts';
import { reserveStock } from '../../../lambdas/inventory/use-cases/reservations/reserve-stock.ts';
import {
  commitReservations,
  shipReservations,
} from '../../../lambdas/inventory/use-cases/reservations/settle-reservations.ts';
import {
  adjustStock,
  putStock,
  receiveStock,
} from '../../../lambdas/inventory/use-cases/stock/enter-stock.ts';
import type { Result } from '../../../lambdas/shared/core/result.ts';
import { aSku } from '../../support/inventory.ts';

export const SKUS = ['tea', 'cup'];
const SLOT_SECONDS = 60;

export type Step =
  | { readonly kind: 'receive'; readonly sku: string; readonly quantity: number }
  | { readonly kind: 'adjust'; readonly sku: string; readonly delta: number }
  | { readonly kind: 'shards'; readonly sku: string; readonly count: number }
  | { readonly kind: 'spread'; readonly sku: string }
  | {
      readonly kind: 'reserve';
      readonly id: string;
      readonly quantities: readonly number[];
      readonly ttl: number;
      /** What its function believes of the shards, from before. */
      readonly shards?: number | undefined;
    }
  | {
      readonly kind: 'extend' | 'release' | 'commit' | 'ship';
      readonly id: string;
      readonly ttl: number;
    }
  /** Of orders that come in one batch: their changes are written together. */
  | { readonly kind: 'commitAll' | 'shipAll'; readonly ids: readonly string[] }
  | { readonly kind: 'wait'; readonly seconds: number };
export type Request = Exclude<Step, { kind: 'wait' }>;

/** As the functions do; answers what may be a refusal. */
export async function send(
  store: StockStore,
  step: Request,
  { now, number }: { readonly now: number; readonly number: number },
): Promise<Result<unknown, { readonly kind: string }> | undefined> {
  const request = `request-${number}`;
  const context = { now, by: 'tester', correlationId: 'corr' };
  const entry = { ...context, operationId: request, fingerprint: request };
  switch (step.kind) {
    case 'receive':
      return receiveStock(store, {
        ...entry,
        sku: step.sku,
        quantity: step.quantity,
        createSku: true,
      });
    case 'adjust':
      return adjustStock(store, {
        ...entry,
        sku: step.sku,
        delta: step.delta,
        reason: 'correction',
      });
    case 'shards':
      return putStock(store, { ...context, sku: step.sku, shardCount: step.count });
    case 'spread': {
      const command = { ...context, sku: step.sku };
      return changeBook(store, { sku: step.sku }, command, (state) => decideSpread(state, command));
    }
    case 'reserve': {
      const lines = SKUS.map((sku, index) => ({ sku, quantity: step.quantities[index] ?? 0 }));
      const memory = new ReserveMemory(turns(number));
      if (step.shards !== undefined)
        memory.learn(
          SKUS.map((sku) => aSku({ sku, shardCount: step.shards ?? 1 })),
          now,
        );
      const command = {
        ...context,
        reservationId: step.id,
        lines: lines.filter(({ quantity }) => quantity > 0),
        holdSeconds: step.ttl,
        slotSeconds: SLOT_SECONDS,
        fingerprint: JSON.stringify(step.quantities),
      };
      return reserveStock(store, command, memory);
    }
    case 'extend':
      return extendReservation(store, {
        ...entry,
        reservationId: step.id,
        holdSeconds: step.ttl,
        slotSeconds: SLOT_SECONDS,
      });
    case 'release':
      await releaseReservation(store, { ...context, reservationId: step.id });
      return undefined;
    case 'commit':
      await commitReservation(store, { ...context, reservationId: step.id, orderId: step.id });
      return undefined;
    case 'commitAll':
      throwFaults(await commitReservations(store, ordersOf(step.ids, context)));
      return undefined;
    case 'shipAll':
      throwFaults(await shipReservations(store, ordersOf(step.ids, context)));
      return undefined;
    case 'ship':
      await shipReservation(store, { ...context, reservationId: step.id });
      return undefined;
  }
}

const ordersOf = (ids: readonly string[], context: CommandContext) =>
  ids.map((id) => ({ ...context, reservationId: id, orderId: id }));

/** What cannot be shipped is left to a person; anything else that fails is a bug. */
function throwFaults(all: readonly PromiseSettledResult<unknown>[]): void {
  for (const one of all)
    if (one.status === 'rejected' && !String(one.reason).includes('cannot ship')) throw one.reason;
}

/** Of chance, and the same again for the same request. */
function turns(request: number): () => number {
  let turn = request;
  return () => {
    turn = (turn * 48_271 + 11) % 2_147_483_647;
    return turn / 2_147_483_647;
  };
}
