import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

/** What each bench measures, by its name: a file of this folder. */
const BENCHES: Readonly<Record<string, string>> = {
  'cold-start': 'CPU time of a first invocation, by bundle',
  'hot-sku': 'holds a second on one SKU, by shards and buyers',
  autoscaling: 'whether a SKU under contention gets more shards',
  'local-start': 'seconds from npm start to the first response',
  'order-cost': 'what an order costs on AWS',
  'sell-out': 'write units and false rejections when a SKU sells out',
  reconciliation: 'cells a second and memory of an audit',
};
const WIDTH = Math.max(...Object.keys(BENCHES).map((name) => name.length)) + 2;
const USAGE = `npm run bench -- <name> [options of the bench] [--save]

${Object.entries(BENCHES)
  .map(([name, measured]) => `  ${name.padEnd(WIDTH)}${measured}`)
  .join('\n')}

--save writes the result and its charts to docs/performance.`;
const EXIT_USAGE_ERROR = 2;

const [name = '--help', ...options] = process.argv.slice(2);
if (name === '--help') console.log(USAGE);
else if (!(name in BENCHES)) {
  console.error(`There is no bench ${name}\n\n${USAGE}`);
  process.exitCode = EXIT_USAGE_ERROR;
} else {
  // A bench needs a process of its own: some replace the timers and the clock of theirs.
  const file = fileURLToPath(new URL(`./${name}.ts`, import.meta.url));
  const [code] = await once(
    spawn(process.execPath, [file, ...options], { stdio: 'inherit' }),
    'close',
  );
  process.exitCode = code ?? 1;
}
