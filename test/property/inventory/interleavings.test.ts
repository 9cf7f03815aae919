import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { InterleavedBook, type InterleavedStep } from './interleaved-book.ts';
import type { Safeguard } from './safeguards.ts';
import { LOCATIONS, SKUS, type Step } from './steps.ts';

const CLOCKS_APART_SECONDS_MAX = 30;
const SHARDS_MAX = 4;
const RUNS = Number(process.env.INTERLEAVING_RUNS ?? 3_000);
/** Units of each SKU at the start, by location. */
const UNITS = { main: 6, east: 3 } as const;

const id = fc.constantFrom('r1', 'r2', 'r3', 'r4', 'r5');
const ttl = fc.constantFrom(60, 90, 180);
const sku = fc.constantFrom(...SKUS);
const locationId = fc.constantFrom(...LOCATIONS, 'main' as const);
const rebalance = fc.record({ kind: fc.constant('rebalance' as const), sku });
const shards = fc.record({
  kind: fc.constant('shards' as const),
  sku,
  count: fc.integer({ min: 1, max: SHARDS_MAX }),
});
const safetyStock = fc.record({
  kind: fc.constant('safetyStock' as const),
  sku,
  units: fc.constantFrom(0, 1, 2, 4),
});
const adjust = fc.record({
  kind: fc.constant('adjust' as const),
  sku,
  locationId,
  delta: fc.constantFrom(-3, -2, -1, 1),
});
const reservationStep = fc.record({
  kind: fc.constantFrom(
    'extend' as const,
    'release' as const,
    'commit' as const,
    'commit' as const,
    'ship' as const,
  ),
  id,
  ttl,
});
const part = fc.record({
  kind: fc.constant('part' as const),
  id,
  part: fc.constantFrom('ship' as const, 'release' as const),
  stepNumber: fc.integer({ min: 1, max: 4 }),
  sku,
  quantity: fc.integer({ min: 1, max: 2 }),
});
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('receive' as const),
      sku,
      locationId,
      quantity: fc.integer({ min: 1, max: 5 }),
    }),
  },
  { weight: 1, arbitrary: adjust },
  { weight: 1, arbitrary: shards },
  { weight: 3, arbitrary: rebalance },
  { weight: 1, arbitrary: safetyStock },
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant('reserve' as const),
      id,
      locationId: fc.constantFrom(...LOCATIONS, 'main' as const, undefined),
      quantities: fc.tuple(fc.integer({ min: 1, max: 5 }), fc.integer({ min: 0, max: 2 })),
      ttl,
      shards: fc.constantFrom(undefined, 1, SHARDS_MAX),
    }),
  },
  { weight: 6, arbitrary: reservationStep },
  { weight: 2, arbitrary: part },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constantFrom('commitAll' as const, 'commitAll' as const, 'shipAll' as const),
      ids: fc.array(id, { minLength: 2, maxLength: 4 }),
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
const nothing = fc.constant([]);
const uninterrupted = (steps: fc.Arbitrary<Step>): fc.Arbitrary<InterleavedStep> =>
  fc.record({
    step: steps,
    skewSeconds: skew,
    beforeWrite: nothing,
    beforeRead: nothing,
    betweenSkuCells: nothing,
    betweenLineCells: nothing,
  });
const interleavedSteps = (steps: fc.Arbitrary<Step>, maxLength: number) =>
  fc.oneof(
    { weight: 2, arbitrary: nothing },
    { weight: 3, arbitrary: fc.array(uninterrupted(steps), { maxLength }) },
  );
const interleavedStep: fc.Arbitrary<InterleavedStep> = fc.record({
  step,
  skewSeconds: skew,
  beforeWrite: interleavedSteps(step, 4),
  beforeRead: interleavedSteps(step, 2),
  // Units that return while cells are read one after the other may have been in neither: here are
  // only steps that move or take them.
  betweenSkuCells: interleavedSteps(
    fc.oneof(
      rebalance,
      rebalance,
      shards,
      adjust.filter(({ delta }) => delta < 0),
    ),
    3,
  ),
  betweenLineCells: interleavedSteps(fc.oneof(reservationStep, part, step), 2),
});
const histories = fc.array(interleavedStep, { minLength: 5, maxLength: 40 });

let rejections = 0;
const bookStaysSound = (without?: Safeguard) =>
  fc.asyncProperty(histories, async (steps) => {
    const book = new InterleavedBook(without);
    const alone = {
      skewSeconds: 0,
      beforeWrite: [],
      beforeRead: [],
      betweenSkuCells: [],
      betweenLineCells: [],
    };
    for (const one of SKUS) {
      for (const place of LOCATIONS) {
        const quantity = UNITS[place];
        await book.play({
          ...alone,
          step: { kind: 'receive', sku: one, locationId: place, quantity },
        });
      }
      await book.play({ ...alone, step: { kind: 'shards', sku: one, count: SHARDS_MAX } });
    }
    for (const each of steps) await book.play(each);
    rejections += book.rejections;
  });

describe('a book of SKUs with 1 to 4 cells at each of two locations, under random interleavings, with clocks 30 s apart,', () => {
  test('stays sound: accounts equal movements and reservations, no unit is lost, no hold takes safety stock, no rejection is false', async () => {
    await fc.assert(bookStaysSound(), { numRuns: RUNS });

    // The test would prove nothing if no request were rejected.
    expect(rejections).toBeGreaterThan(RUNS / 2);
  });

  test.each([
    ['the guard of an open bucket', 'expiredThroughBelow', /I[12] (tea|cup)#(main|east)#\d/],
    ['the version of an expired bucket', 'version', /I[12] (tea|cup)#(main|east)#\d/],
    [
      'the guard of available units',
      'availableMin',
      /I[12] (tea|cup)#(main|east)#\d|below the floor/,
    ],
    ['the guard of the floor', 'floor', /takes units below the floor/],
    ['the version of the SKU', 'stockItem', /has \d shards, not \d|stranded|stayed busy/],
    ['the second read of the SKU before a rejection', 'confirmation', /falsely rejected/],
    ['the other half of a transfer', 'bothHalves', /has \d+ at (main|east), but received \d+/],
  ] as const)('needs %s: without it the book breaks', async (_what, without, breaks) => {
    const outcome = await fc.check(bookStaysSound(without), {
      numRuns: 30_000,
      endOnFailure: true,
      seed: 4,
    });

    expect(String(outcome.errorInstance)).toMatch(breaks);
  });
});
