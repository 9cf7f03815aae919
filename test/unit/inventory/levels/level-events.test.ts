import { describe, expect, test } from 'vitest';
import { levelEvents } from '../../../../lambdas/inventory/domain/stock/level-events.ts';
import type {
  LevelChange,
  StockLevel,
  SubjectLevel,
} from '../../../../lambdas/inventory/domain/stock/stock-level.ts';
import { aStockLevel, NOON } from '../../../support/inventory.ts';
import { AT, parseAsConsumer } from '../ledger/events/parse-as-consumer.ts';

const changed = (
  level: SubjectLevel['level'],
  sellable: number,
  overrides: Partial<LevelChange> = {},
): SubjectLevel => ({ level, lastChange: { at: NOON, sellable, ...overrides } });
const total = (level: SubjectLevel, version = 1): StockLevel =>
  aStockLevel({ total: level, locations: {}, version });
const LOW = { lowStockThreshold: 5 };
const typesOf = (before: SubjectLevel, after: SubjectLevel) =>
  levelEvents(total(before), total(after, 2)).map(({ type }) => type);

describe('the levels of a SKU', () => {
  test('that changed are published for each subject', () => {
    const before = aStockLevel({
      total: changed('in', 9),
      locations: { main: changed('in', 9), shop: changed('low', 1, LOW) },
    });
    const after = aStockLevel({
      total: changed('in', 9),
      locations: {
        main: changed('out', 0),
        shop: changed('low', 1, LOW),
        annex: changed('low', 2, LOW),
      },
      version: 2,
    });
    const head = { version: 1, occurredAt: AT, correlationId: 'corr-0' };

    const events = levelEvents(before, after);

    expect(events).toEqual([
      {
        type: 'AvailabilityChanged',
        detail: {
          ...head,
          eventId: 'level/tea/2/AvailabilityChanged/main',
          data: { sku: 'tea', locationId: 'main', from: 'in', to: 'out', sellable: 0, version: 2 },
        },
      },
      {
        type: 'AvailabilityChanged',
        detail: {
          ...head,
          eventId: 'level/tea/2/AvailabilityChanged/annex',
          data: {
            sku: 'tea',
            locationId: 'annex',
            from: 'out',
            to: 'low',
            sellable: 2,
            version: 2,
          },
        },
      },
      {
        type: 'StockLow',
        detail: {
          ...head,
          eventId: 'level/tea/2/StockLow/annex',
          data: { sku: 'tea', locationId: 'annex', available: 2, lowStockThreshold: 5 },
        },
      },
    ]);
    expect(parseAsConsumer(events)).toEqual(events);
  });

  test('in total are published without a location', () => {
    const events = levelEvents(undefined, total(changed('low', 3, LOW)));

    expect(events.map(({ detail }) => [detail.eventId, detail.data])).toEqual([
      [
        'level/tea/1/AvailabilityChanged',
        { sku: 'tea', from: 'out', to: 'low', sellable: 3, version: 1 },
      ],
      ['level/tea/1/StockLow', { sku: 'tea', available: 3, lowStockThreshold: 5 }],
    ]);
  });

  test('without a change are no event', () => {
    const left = { ...changed('in', 9), left: 3 };

    expect(typesOf(changed('in', 9), left)).toEqual([]);
    expect(levelEvents(undefined, total({ level: 'out' }))).toEqual([]);
  });
});

describe('stock that falls below its threshold', () => {
  const CHANGED = 'AvailabilityChanged';

  test.each([
    ['once, when it becomes low', changed('in', 5, LOW), changed('low', 4, LOW), true],
    ['when it is sold out at once', changed('in', 5, LOW), changed('out', 0, LOW), true],
    ['not again when it is sold out later', changed('low', 4, LOW), changed('out', 0, LOW), false],
    ['not again when a few units return', changed('out', 0, LOW), changed('low', 1, LOW), false],
    ['not when it recovers', changed('low', 4, LOW), changed('in', 5, LOW), false],
    ['not for a SKU without a threshold', changed('in', 5), changed('out', 0), false],
    ['when the first units are too few', { level: 'out' }, changed('low', 3, LOW), true],
    ['not when the first units are enough', { level: 'out' }, changed('in', 10, LOW), false],
  ] as const)('is published %s', (_case, before, after, isPublished) => {
    expect(typesOf(before, after)).toEqual(isPublished ? [CHANGED, 'StockLow'] : [CHANGED]);
  });
});
