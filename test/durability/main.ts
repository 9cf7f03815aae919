import { startProgress } from '../../cli/progress.ts';
import { parseNumberOptions } from '../support/number-options.ts';
import { runDurabilityTest } from './durability.ts';

const USAGE = `npm run test:durability -- [--transactions 1000] [--kills 10] [--seed 1]

Transfers units between SKUs through the API of three processes on DynamoDB Local, kills processes
meanwhile, and checks that each acknowledged change is in the table exactly once.

  --transactions <count>  transfers and holds to run (default: 1000)
  --kills <count>         processes to kill (default: 10)
  --seed <number>         seed of the random choices (default: 1)`;

const { transactions, kills, seed } = parseNumberOptions(USAGE, {
  transactions: 1_000,
  kills: 10,
  seed: 1,
});
const abortController = new AbortController();
process.once('SIGINT', () => abortController.abort());
const progress = startProgress('transactions', transactions);
const startedAt = performance.now();
const { violations, ...report } = await runDurabilityTest({
  transactions,
  kills,
  seed,
  onProgress: progress.advance,
  signal: abortController.signal,
});
progress.stop();
for (const violation of violations) console.log(violation);
const seconds = Math.round((performance.now() - startedAt) / 100) / 10;
console.log(
  JSON.stringify({ durability: true, seed, ...report, violations: violations.length, seconds }),
);
process.exitCode = violations.length === 0 ? 0 : 1;
