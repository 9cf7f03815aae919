import { SHARDS_MAX } from '../../../contracts/primitives.ts';
import { systemClock } from '../../../shared/core/clock.ts';
import { consumeReadableChanges, streamHandler } from '../../../shared/events/stream-handler.ts';
import { rebalanceStock } from '../../use-cases/sharding/rebalance-stock.ts';
import { watchStockLevels } from '../../use-cases/sharding/watch-stock-level.ts';
import {
  deadLetters,
  levelSweepStore,
  shardScaling,
  showBelow,
  stockItemStore,
  stockLevelStore,
  stockStore,
  storedItem,
  watchedChangeOfItems,
} from '../../wiring.ts';

/** Maximum steps of a rebalance. Each step changes a cell, and that change starts another check. */
const STEPS_MAX = 10;

const book = stockStore();
const ports = {
  book,
  levels: stockLevelStore(),
  showBelow: showBelow(),
  items: stockItemStore(),
  sweeps: levelSweepStore(),
  policy: { shardsMax: SHARDS_MAX, isAutomatic: shardScaling() === 'auto' },
  rebalance: (sku: string, correlationId: string) =>
    rebalanceStock(book, { sku, by: 'rebalance', correlationId, now: systemClock() }, STEPS_MAX),
};

export const handler = streamHandler({
  sendDeadLetter: deadLetters(),
  // The check reads the current level, so any stored version of the record will do.
  fallback: { read: storedItem(), matches: () => true },
  run: (changes) =>
    consumeReadableChanges(changes, watchedChangeOfItems, (watched) =>
      watchStockLevels(ports, watched, systemClock()),
    ),
});
