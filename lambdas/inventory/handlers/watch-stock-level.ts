import { systemClock } from '../../shared/clock.ts';
import { streamHandler } from '../../shared/stream-handler.ts';
import { watchStockLevels } from '../use-cases/watch-stock-level.ts';
import { skuStore } from '../wiring.ts';

const store = skuStore();

export const handler = streamHandler({ run: (changes) => watchStockLevels(store, changes, systemClock()) });
