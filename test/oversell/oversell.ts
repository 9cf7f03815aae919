import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { startProgress } from '../../cli/progress.ts';
import { startRuntime } from '../../local/runtime.ts';
import { numbersGiven } from '../support/arguments.ts';
import { sellOut } from './sell-out.ts';

const USAGE = `npm run oversell -- [--buyers 1000] [--units 100]

More buyers than units, all at once, over HTTP: exactly as many are held as there are.`;
const CUSTOMERS = 50;

const { buyers, units } = numbersGiven(USAGE, { buyers: 1_000, units: 100 });

const outDir = mkdtempSync(path.join(tmpdir(), 'stockbook-oversell-'));
const runtime = await startRuntime({ port: 0, outDir });
const stop = async (): Promise<void> => {
  await runtime.stop();
  rmSync(outDir, { recursive: true, force: true });
};
process.once('SIGINT', () => stop().then(() => process.exit(130)));
try {
  const customers = await Promise.all(
    Array.from({ length: CUSTOMERS }, (_, number) =>
      runtime.tokenFor('customer', `customer-${number}`),
    ),
  );
  const progress = startProgress('buyers', buyers);
  const sold = await sellOut({
    url: runtime.api,
    staff: await runtime.tokenFor('staff'),
    customers,
    sku: 'oversell',
    buyers,
    units,
    told: progress.advance,
  });
  progress.stop();
  for (const violation of sold.violations) console.log(violation);
  console.log(JSON.stringify({ oversell: true, ...sold, violations: sold.violations.length }));
  process.exitCode = sold.violations.length === 0 ? 0 : 1;
} finally {
  await stop();
}
