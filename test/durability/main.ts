import { startProgress } from '../../cli/progress.ts';
import { numbersGiven } from '../support/arguments.ts';
import { bank } from './bank.ts';

const USAGE = `npm run bank -- [--transactions 1000] [--kills 10] [--seed 1]

Moves units about through the API of three processes on DynamoDB Local, kills them, and checks that nothing acknowledged is lost.`;

const { transactions, kills, seed } = numbersGiven(USAGE, {
  transactions: 1_000,
  kills: 10,
  seed: 1,
});
const stopped = new AbortController();
process.once('SIGINT', () => stopped.abort());
const progress = startProgress('transactions', transactions);
const startedAt = performance.now();
const { violations, ...report } = await bank({
  transactions,
  kills,
  seed,
  told: progress.advance,
  signal: stopped.signal,
});
progress.stop();
for (const violation of violations) console.log(violation);
const seconds = Math.round((performance.now() - startedAt) / 100) / 10;
console.log(
  JSON.stringify({ bank: true, seed, ...report, violations: violations.length, seconds }),
);
process.exitCode = violations.length === 0 ? 0 : 1;
