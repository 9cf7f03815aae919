import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

/** Description of each benchmark. The name is that of a file in this folder. */
const BENCHES: Readonly<Record<string, string>> = {
  'cold-start': 'CPU time of a first invocation, by bundle',
  'hot-sku': 'holds per second of one SKU, by shards and buyers',
  autoscaling: 'whether a SKU under contention gets more shards',
  'local-start': 'seconds from npm start to the first response',
  'order-cost': 'cost of an order on AWS',
  'sell-out': 'write units and false rejections when a SKU sells out',
  reconciliation: 'cells per second and memory of an audit',
  storefront: 'time and reads of a request for 50 stock levels',
};
const WIDTH = Math.max(...Object.keys(BENCHES).map((name) => name.length)) + 2;
const USAGE = `npm run bench -- <name> [options of the benchmark] [--save]

${Object.entries(BENCHES)
  .map(([name, measured]) => `  ${name.padEnd(WIDTH)}${measured}`)
  .join('\n')}

--save writes the result and its charts to docs/performance.`;
const EXIT_USAGE_ERROR = 2;

const [name = '--help', ...options] = process.argv.slice(2);
if (name === '--help') console.log(USAGE);
else if (!(name in BENCHES)) {
  console.error(`There is no benchmark "${name}".\n\n${USAGE}`);
  process.exitCode = EXIT_USAGE_ERROR;
} else {
  // Each benchmark runs in its own process, because some replace the timers and the clock.
  const file = fileURLToPath(new URL(`./${name}.ts`, import.meta.url));
  const [code] = await once(
    spawn(process.execPath, [file, ...options], { stdio: 'inherit' }),
    'close',
  );
  process.exitCode = code ?? 1;
}
