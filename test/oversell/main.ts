import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { startProgress } from '../../cli/progress.ts';
import { startRuntime } from '../../local/runtime.ts';
import { parseNumberOptions } from '../support/number-options.ts';
import { runOversellTest } from './oversell.ts';

const USAGE = `npm run test:oversell -- [--buyers 1000] [--units 100]

Lets more buyers than units order at the same time over HTTP, and checks that each unit is held once.

  --buyers <count>  buyers, one unit each (default: 1000)
  --units <count>   units in stock (default: 100)`;
const CUSTOMERS = 50;

const { buyers, units } = parseNumberOptions(USAGE, { buyers: 1_000, units: 100 });

const logDirectory = mkdtempSync(path.join(tmpdir(), 'stockbook-oversell-'));
const runtime = await startRuntime({ port: 0, logDirectory });
const stop = async (): Promise<void> => {
  await runtime.stop();
  rmSync(logDirectory, { recursive: true, force: true });
};
process.once('SIGINT', () => stop().then(() => process.exit(130)));
try {
  const customerTokens = await Promise.all(
    Array.from({ length: CUSTOMERS }, (_, number) =>
      runtime.tokenFor('customer', `customer-${number}`),
    ),
  );
  const progress = startProgress('buyers', buyers);
  const sold = await runOversellTest({
    url: runtime.api,
    staffToken: await runtime.tokenFor('staff'),
    customerTokens,
    sku: 'oversell',
    buyers,
    units,
    onProgress: progress.advance,
  });
  progress.stop();
  for (const violation of sold.violations) console.log(violation);
  console.log(JSON.stringify({ oversell: true, ...sold, violations: sold.violations.length }));
  process.exitCode = sold.violations.length === 0 ? 0 : 1;
} finally {
  await stop();
}
