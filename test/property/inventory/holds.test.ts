import fc from 'fast-check';
import { describe, test } from 'vitest';
import {
  bucketsOf,
  type Cell,
  quantitiesAt,
} from '../../../lambdas/inventory/domain/ledger/cell.ts';
import { bucketFor } from '../../../lambdas/inventory/domain/ledger/decision.ts';
import { reportAt, toStockOfSku } from '../../../lambdas/inventory/domain/stock/stock-of-sku.ts';
import {
  aCell,
  aStockItem,
  NOON,
  NOON_BUCKET,
  reserveCommand,
  seconds,
  stateWith,
} from '../../support/inventory.ts';
import { decideReserve } from '../../support/reserve.ts';

const RUNS = 2_000;
const HOLD_SECONDS_MAX = 3_600;
const DAY_SECONDS = 86_400;

const units = fc.nat({ max: 1_000_000 });
/** Buckets of any length, as in a cell whose granularity was changed in between. */
const bucketArbitrary = fc.integer({
  min: NOON_BUCKET - HOLD_SECONDS_MAX,
  max: NOON_BUCKET + HOLD_SECONDS_MAX,
});
const cell: fc.Arbitrary<Cell> = fc
  .record({
    available: units,
    committed: units,
    held: fc.dictionary(bucketArbitrary.map(String), units, { maxKeys: 60 }),
  })
  .map(aCell);
const instant = fc.integer({
  min: NOON - seconds(2 * HOLD_SECONDS_MAX),
  max: NOON + seconds(2 * HOLD_SECONDS_MAX),
});
const bucketSeconds = fc.integer({ min: 1, max: 3_600 });
const holdSeconds = fc.integer({ min: 1, max: HOLD_SECONDS_MAX });
/** A function whose clock is behind may read a watermark that is ahead of it. */
const watermark = fc.oneof(
  fc.constant(0),
  fc.integer({ min: NOON_BUCKET - DAY_SECONDS, max: NOON_BUCKET + DAY_SECONDS }),
);

const check = <Values extends [unknown, ...unknown[]]>(property: fc.IProperty<Values>) =>
  fc.assert(property, { numRuns: RUNS });

describe('the quantities of a cell while time passes and no change is written:', () => {
  test('onHand is always the same, and is the sum of the accounts', () => {
    check(
      fc.property(cell, instant, instant, (book, one, other) => {
        const [a, b] = [quantitiesAt(book, one), quantitiesAt(book, other)];
        return a.onHand === b.onHand && a.onHand === a.available + a.held + a.committed;
      }),
    );
  });

  test('available never falls, held never rises, committed stays', () => {
    check(
      fc.property(cell, instant, fc.nat({ max: seconds(HOLD_SECONDS_MAX) }), (book, at, passes) => {
        const [before, after] = [quantitiesAt(book, at), quantitiesAt(book, at + passes)];
        return (
          after.available >= before.available &&
          after.held <= before.held &&
          after.committed === before.committed
        );
      }),
    );
  });

  test('available changes only at the end of a bucket', () => {
    check(
      fc.property(cell, instant, (book, at) => {
        const changes = quantitiesAt(book, at).available !== quantitiesAt(book, at - 1).available;
        return !changes || bucketsOf(book.held).includes(at / 1000);
      }),
    );
  });

  test('all holds are open before the first bucket expires, and none after the last', () => {
    check(
      fc.property(cell, (book) => {
        const buckets = bucketsOf(book.held);
        const [first = NOON_BUCKET, last = NOON_BUCKET] = [buckets.at(0), buckets.at(-1)];
        const [start, end] = [
          quantitiesAt(book, seconds(first) - 1),
          quantitiesAt(book, seconds(last)),
        ];
        return (
          start.available === book.available &&
          end.held === 0 &&
          end.available === start.available + start.held
        );
      }),
    );
  });

  test('the listed holds add up to held', () => {
    check(
      fc.property(cell, instant, (book, at) => {
        const { held, holds } = reportAt(toStockOfSku(aStockItem(), [book]), at);
        const listed = holds.reduce((sum, { quantity }) => sum + quantity, 0);
        return (
          listed === held && holds.every((hold) => seconds(hold.bucket) > at && hold.quantity > 0)
        );
      }),
    );
  });
});

describe('the bucket of a hold', () => {
  const bucketOf = (now: number, ttl: number, length: number, watermarks: readonly number[]) =>
    bucketFor(
      now,
      ttl,
      length,
      watermarks.map((expiredThrough) => aCell({ expiredThrough })),
    );
  const watermarks = fc.array(watermark, { maxLength: 5 });

  test('is later than now, and than the watermark of every cell', () => {
    check(
      fc.property(
        instant,
        holdSeconds,
        bucketSeconds,
        watermarks,
        (now, ttl, length, expiredThroughs) => {
          const found = bucketOf(now, ttl, length, expiredThroughs);
          return (
            seconds(found) > now &&
            expiredThroughs.every((expiredThrough) => found > expiredThrough)
          );
        },
      ),
    );
  });

  test('is the end of a bucket', () => {
    check(
      fc.property(
        instant,
        holdSeconds,
        bucketSeconds,
        watermarks,
        (now, ttl, length, expiredThroughs) =>
          bucketOf(now, ttl, length, expiredThroughs) % length === 0,
      ),
    );
  });

  test('gives the requested time, and less than one bucket more', () => {
    check(
      fc.property(instant, holdSeconds, bucketSeconds, (now, ttl, length) => {
        const late = seconds(bucketOf(now, ttl, length, [])) - (now + seconds(ttl));
        return late >= 0 && late < seconds(length);
      }),
    );
  });

  test('is within one bucket of the later of its time and the watermark', () => {
    check(
      fc.property(
        instant,
        holdSeconds,
        bucketSeconds,
        watermarks,
        (now, ttl, length, expiredThroughs) => {
          const latest = Math.max(now + seconds(ttl), ...expiredThroughs.map(seconds));
          const late = seconds(bucketOf(now, ttl, length, expiredThroughs)) - latest;
          return late >= 0 && late <= seconds(length);
        },
      ),
    );
  });
});

describe('a request', () => {
  test('is rejected only if available and expired units together are too few', () => {
    check(
      fc.property(cell, instant, fc.integer({ min: 1, max: 2_000_000 }), (book, now, quantity) => {
        const lines = [{ sku: 'tea', quantity }];
        const decision = decideReserve(stateWith([book]), reserveCommand({ now, lines }));
        return (decision.next === 'commit') === quantitiesAt(book, now).available >= quantity;
      }),
    );
  });
});
