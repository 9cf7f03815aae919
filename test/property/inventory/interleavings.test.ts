import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { MemoryStockStore } from '../../../lambdas/inventory/adapters/memory-stock-store.ts';
import type { Change, Guard } from '../../../lambdas/inventory/domain/change.ts';
import {
  commitReservation,
  extendReservation,
  releaseReservation,
  shipReservation,
} from '../../../lambdas/inventory/use-cases/change-reservation.ts';
import { adjustStock, receiveStock } from '../../../lambdas/inventory/use-cases/enter-stock.ts';
import type { StockStore } from '../../../lambdas/inventory/use-cases/ports.ts';
import { reserveStock } from '../../../lambdas/inventory/use-cases/reserve-stock.ts';
import { disagreements } from '../../../simulation/books.ts';
import { NOON, seconds } from '../../support/inventory.ts';

const SKUS = ['tea', 'cup'];
const SLOT_SECONDS = 60;
const CLOCKS_APART_SECONDS_MAX = 30;

type Step =
  | { readonly kind: 'receive'; readonly sku: string; readonly quantity: number }
  | { readonly kind: 'adjust'; readonly sku: string; readonly delta: number }
  | {
      readonly kind: 'reserve';
      readonly id: string;
      readonly quantities: readonly number[];
      readonly ttl: number;
    }
  | { readonly kind: 'extend' | 'release' | 'commit' | 'ship'; readonly id: string; readonly ttl: number }
  | { readonly kind: 'wait'; readonly seconds: number };
/** A step by a function whose clock is off, into which other steps come between its decision and its write. */
type Played = { readonly step: Step; readonly skewSeconds: number; readonly between: readonly Played[] };

const id = fc.constantFrom('r1', 'r2', 'r3', 'r4', 'r5');
const ttl = fc.constantFrom(60, 90, 180);
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('receive' as const),
      sku: fc.constantFrom(...SKUS),
      quantity: fc.integer({ min: 1, max: 5 }),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('adjust' as const),
      sku: fc.constantFrom(...SKUS),
      delta: fc.constantFrom(-3, -2, -1, 1),
    }),
  },
  {
    weight: 5,
    arbitrary: fc.record({
      kind: fc.constant('reserve' as const),
      id,
      quantities: fc.tuple(fc.integer({ min: 1, max: 4 }), fc.integer({ min: 0, max: 2 })),
      ttl,
    }),
  },
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constantFrom(
        'extend' as const,
        'release' as const,
        'commit' as const,
        'commit' as const,
        'ship' as const,
      ),
      id,
      ttl,
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('wait' as const),
      seconds: fc.constantFrom(5, 30, 60, 90, 200),
    }),
  },
);
const skew = fc.integer({ min: -CLOCKS_APART_SECONDS_MAX, max: CLOCKS_APART_SECONDS_MAX });
const alone: fc.Arbitrary<Played> = fc.record({ step, skewSeconds: skew, between: fc.constant([]) });
const played: fc.Arbitrary<Played> = fc.record({
  step,
  skewSeconds: skew,
  between: fc.oneof(
    { weight: 2, arbitrary: fc.constant([]) },
    { weight: 3, arbitrary: fc.array(alone, { maxLength: 4 }) },
  ),
});
const stories = fc.array(played, { minLength: 5, maxLength: 40 });

/** The world of one story: the book, the true time, and how many requests were made. */
class World {
  readonly store = new MemoryStockStore();
  readonly #without: keyof Guard | undefined;
  #now = NOON;
  #requests = 0;

  constructor(without?: keyof Guard) {
    this.#without = without;
  }

  async play({ step, skewSeconds, between }: Played): Promise<void> {
    if (step.kind === 'wait') {
      this.#now += seconds(step.seconds);
      return;
    }
    this.#requests += 1;
    await this.#send(this.#storeWith(between), step, this.#now + seconds(skewSeconds)).catch(
      (fault: Error) => {
        if (!fault.message.startsWith('cannot ship')) throw fault;
      },
    );
    this.assertSound(step);
  }

  /** A store in which the others' steps land between this one's first decision and its write. */
  #storeWith(between: readonly Played[]): StockStore {
    let open = [...between];
    return {
      load: (reads) => this.store.load(reads),
      pause: () => this.store.pause(),
      applyTogether: (changes) => this.store.applyTogether(changes),
      apply: async (change) => {
        const others = open;
        open = [];
        for (const other of others) await this.play(other);
        return this.store.apply(this.#without === undefined ? change : withoutGuard(change, this.#without));
      },
    };
  }

  async #send(store: StockStore, step: Exclude<Step, { kind: 'wait' }>, now: number): Promise<unknown> {
    const request = `request-${this.#requests}`;
    const context = { now, by: 'tester', correlationId: 'corr' };
    const entry = { ...context, operationId: request, fingerprint: request };
    switch (step.kind) {
      case 'receive':
        return receiveStock(store, { ...entry, sku: step.sku, quantity: step.quantity });
      case 'adjust':
        return adjustStock(store, { ...entry, sku: step.sku, delta: step.delta, reason: 'correction' });
      case 'reserve': {
        const lines = SKUS.map((sku, index) => ({ sku, quantity: step.quantities[index] ?? 0 }));
        return reserveStock(store, {
          ...context,
          reservationId: step.id,
          lines: lines.filter(({ quantity }) => quantity > 0),
          ttlSeconds: step.ttl,
          slotSeconds: SLOT_SECONDS,
          fingerprint: JSON.stringify(step.quantities),
        });
      }
      case 'extend':
        return extendReservation(store, {
          ...entry,
          reservationId: step.id,
          ttlSeconds: step.ttl,
          slotSeconds: SLOT_SECONDS,
        });
      case 'release':
        return releaseReservation(store, { ...context, reservationId: step.id });
      case 'commit':
        return commitReservation(store, { ...context, reservationId: step.id, orderId: step.id });
      case 'ship':
        return shipReservation(store, { ...context, reservationId: step.id });
    }
  }

  assertSound(after: Step): void {
    const wrong = disagreements({
      cells: [...this.store.cells].map(([cellId, cell]) => ({
        id: cellId,
        cell,
        movements: this.store.movements.filter((movement) => movement.cellId === cellId),
      })),
      reservations: [...this.store.reservations.values()],
    });
    if (wrong.length > 0) throw new Error(`after ${JSON.stringify(after)}: ${wrong.join('; ')}`);
  }
}

const withoutGuard = (change: Change, name: keyof Guard): Change => ({
  ...change,
  cells: change.cells.map((cell) => {
    const { [name]: _dropped, ...guard } = cell.guard;
    return { ...cell, guard };
  }),
});

const booksStaySound = (without?: keyof Guard) =>
  fc.asyncProperty(stories, async (story) => {
    const world = new World(without);
    for (const sku of SKUS) {
      await world.play({ step: { kind: 'receive', sku, quantity: 6 }, skewSeconds: 0, between: [] });
    }
    for (const each of story) await world.play(each);
  });

describe('the book under random interleavings, with clocks 30 s apart', () => {
  test('every account equals its movements and the reservations after every step', async () => {
    await fc.assert(booksStaySound(), { numRuns: 10_000 });
  });

  test.each(['notFolded', 'version', 'available'] as const)(
    'the %s guard is needed: without it the books break',
    async (guard) => {
      const outcome = await fc.check(booksStaySound(guard), {
        numRuns: 30_000,
        endOnFailure: true,
        seed: 20260101,
      });

      expect(String(outcome.errorInstance)).toMatch(/I[12] (tea|cup)#main#0/);
    },
  );
});
