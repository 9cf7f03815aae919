import type { CommandContext } from '../../../lambdas/inventory/domain/ledger/decision.ts';
import type { PartKind } from '../../../lambdas/inventory/domain/ledger/reservation.ts';
import { decideRebalance } from '../../../lambdas/inventory/domain/sharding/rebalance.ts';
import { executeCommand } from '../../../lambdas/inventory/use-cases/execute-command.ts';
import { loadStock } from '../../../lambdas/inventory/use-cases/load-state.ts';
import type { StockStore } from '../../../lambdas/inventory/use-cases/ports.ts';
import {
  commitReservation,
  extendReservation,
  releaseReservation,
  shipReservation,
  takePartStep,
} from '../../../lambdas/inventory/use-cases/reservations/change-reservation.ts';
import {
  commitReservations,
  shipReservations,
} from '../../../lambdas/inventory/use-cases/reservations/group-commit.ts';
import { ReserveCache } from '../../../lambdas/inventory/use-cases/reservations/reserve-cache.ts';
import { reserveStock } from '../../../lambdas/inventory/use-cases/reservations/reserve-stock.ts';
import {
  adjustStock,
  patchStock,
  putStock,
  receiveStock,
} from '../../../lambdas/inventory/use-cases/stock/update-stock.ts';
import type { Result } from '../../../lambdas/shared/core/result.ts';
import { aStockItem } from '../../support/inventory.ts';

export const SKUS = ['tea', 'cup'];
export const LOCATIONS = ['main', 'east'] as const;
export type LocationId = (typeof LOCATIONS)[number];
const BUCKET_SECONDS = 60;

export type Step =
  | {
      readonly kind: 'receive';
      readonly sku: string;
      readonly locationId: LocationId;
      readonly quantity: number;
    }
  | {
      readonly kind: 'adjust';
      readonly sku: string;
      readonly locationId: LocationId;
      readonly delta: number;
    }
  | { readonly kind: 'shards'; readonly sku: string; readonly count: number }
  | { readonly kind: 'rebalance'; readonly sku: string }
  | { readonly kind: 'safetyStock'; readonly sku: string; readonly units: number }
  | {
      readonly kind: 'reserve';
      readonly id: string;
      /** Source of all lines; undefined for the default ones. */
      readonly locationId: LocationId | undefined;
      readonly quantities: readonly number[];
      readonly ttl: number;
      /** Number of shards that its function has in its cache. */
      readonly shards?: number | undefined;
    }
  | {
      readonly kind: 'extend' | 'release' | 'commit' | 'ship';
      readonly id: string;
      readonly ttl: number;
    }
  /** Ships or releases units of one line. A step with the same number is a repeat. */
  | {
      readonly kind: 'part';
      readonly id: string;
      readonly part: PartKind;
      readonly stepNumber: number;
      readonly sku: string;
      readonly quantity: number;
    }
  /** Orders that arrive in one batch: their changes are written together. */
  | { readonly kind: 'commitAll' | 'shipAll'; readonly ids: readonly string[] }
  | { readonly kind: 'wait'; readonly seconds: number };
export type Request = Exclude<Step, { kind: 'wait' }>;

/** Runs a step as the functions do; returns a business error. */
export async function runStep(
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
        locationId: step.locationId,
        quantity: step.quantity,
        createSku: true,
        createLocation: true,
      });
    case 'adjust':
      return adjustStock(store, {
        ...entry,
        sku: step.sku,
        locationId: step.locationId,
        delta: step.delta,
        reason: 'correction',
      });
    case 'shards':
      return putStock(store, { ...context, sku: step.sku, shardCount: step.count });
    case 'safetyStock':
      return patchStock(store, { ...context, sku: step.sku, safetyStock: step.units });
    case 'rebalance': {
      const command = { ...context, sku: step.sku };
      return executeCommand(store, {
        context: command,
        read: () => loadStock(store, step.sku),
        decide: (state) => decideRebalance(state, command),
      });
    }
    case 'reserve': {
      const { locationId } = step;
      const lines = SKUS.map((sku, index) => ({
        sku,
        quantity: step.quantities[index] ?? 0,
        from: locationId,
      }));
      const cache = new ReserveCache(pseudoRandom(number));
      if (step.shards !== undefined)
        cache.rememberSettings(
          {
            stockItems: new Map(
              SKUS.map((sku) => [sku, aStockItem({ sku, shardCount: step.shards ?? 1 })]),
            ),
            locations: new Map(),
          },
          now,
        );
      const command = {
        ...context,
        reservationId: step.id,
        lines: lines.filter(({ quantity }) => quantity > 0),
        holdSeconds: step.ttl,
        bucketSeconds: BUCKET_SECONDS,
        fingerprint: JSON.stringify([locationId ?? '', step.quantities]),
      };
      return reserveStock(store, command, cache);
    }
    case 'extend':
      return extendReservation(store, {
        ...entry,
        reservationId: step.id,
        holdSeconds: step.ttl,
        bucketSeconds: BUCKET_SECONDS,
      });
    case 'release':
      await releaseReservation(store, { ...context, reservationId: step.id });
      return undefined;
    case 'commit':
      await commitReservation(store, { ...context, reservationId: step.id, orderId: step.id });
      return undefined;
    case 'commitAll':
      throwUnexpected(await commitReservations(store, ordersOf(step.ids, context)));
      return undefined;
    case 'shipAll':
      throwUnexpected(await shipReservations(store, ordersOf(step.ids, context)));
      return undefined;
    case 'part': {
      const { id, part, stepNumber, sku, quantity } = step;
      return takePartStep(store, {
        ...context,
        reservationId: id,
        stepId: `step-${stepNumber}`,
        kind: part,
        fingerprint: `${part} ${sku} ${quantity}`,
        owner: 'order',
        lines: [{ sku, locationId: 'main', quantity }],
      });
    }
    case 'ship':
      await shipReservation(store, { ...context, reservationId: step.id });
      return undefined;
  }
}

const ordersOf = (ids: readonly string[], context: CommandContext) =>
  ids.map((id) => ({ ...context, reservationId: id, orderId: id }));

/** Throws for unexpected errors. A rejected shipment is left to a person. */
function throwUnexpected(all: readonly PromiseSettledResult<unknown>[]): void {
  for (const one of all)
    if (one.status === 'rejected' && !String(one.reason).includes('cannot ship')) throw one.reason;
}

/** Returns random numbers that are the same for the same request. */
function pseudoRandom(request: number): () => number {
  let turn = request;
  return () => {
    turn = (turn * 48_271 + 11) % 2_147_483_647;
    return turn / 2_147_483_647;
  };
}
