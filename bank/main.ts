import { parseArgs } from 'node:util';
import { startProgress } from '../tools/progress.ts';
import { bank } from './bank.ts';

const USAGE = `npm run bank -- [--transactions 1000] [--kills 10] [--seed 1]

Moves units about through the API of three processes on DynamoDB Local, kills them, and checks that nothing acknowledged is lost.`;

const wholeOf = (text: string, min: number): number => {
  const value = Number(text);
  if (Number.isSafeInteger(value) && value >= min) return value;
  console.error(USAGE);
  return process.exit(2);
};

function argumentsOf() {
  try {
    return parseArgs({
      options: {
        transactions: { type: 'string', default: '1000' },
        kills: { type: 'string', default: '10' },
        seed: { type: 'string', default: '1' },
        help: { type: 'boolean', default: false },
      },
    }).values;
  } catch (fault) {
    console.error(`${fault instanceof Error ? fault.message : fault}\n\n${USAGE}`);
    return process.exit(2);
  }
}

const given = argumentsOf();
if (given.help) {
  console.log(USAGE);
  process.exit(0);
}
const [transactions, kills, seed] = [
  wholeOf(given.transactions, 1),
  wholeOf(given.kills, 0),
  wholeOf(given.seed, 0),
];
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
console.log(JSON.stringify({ bank: true, seed, ...report, violations: violations.length, seconds }));
process.exitCode = violations.length === 0 ? 0 : 1;
