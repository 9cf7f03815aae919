import { SHARDS_MAX } from '../../../contracts/primitives.ts';
import { systemClock } from '../../../shared/core/clock.ts';
import { runReadable, streamHandler } from '../../../shared/events/stream-handler.ts';
import { spreadStock } from '../../use-cases/sharding/spread-stock.ts';
import { watchStockLevels } from '../../use-cases/sharding/watch-stock-level.ts';
import {
  cellsOfItems,
  deadLetters,
  hotSkus,
  skuStore,
  stockStore,
  storedItem,
} from '../../wiring.ts';

/** Each step is a change of a cell, after which there is another look. */
const STEPS_MAX = 10;

const book = stockStore();
const watched = {
  store: skuStore(),
  policy: { shardsMax: SHARDS_MAX, applies: hotSkus() === 'apply' },
  spread: (sku: string, correlationId: string) =>
    spreadStock(book, { sku, by: 'spread', correlationId, now: systemClock() }, STEPS_MAX),
};

export const handler = streamHandler({
  deadLetters: deadLetters(),
  // The level is looked at as it is now, whatever version of the cell led here.
  mended: { stored: storedItem(), isOf: () => true },
  run: (changes) =>
    runReadable(changes, cellsOfItems, (cells) => watchStockLevels(watched, cells, systemClock())),
});
