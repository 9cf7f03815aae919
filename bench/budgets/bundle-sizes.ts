import { readFileSync } from 'node:fs';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { bundleLambdas } from '../../lib/bundling/bundle-lambdas.ts';
import type { Budget, Figures } from './budget.ts';

/** Size of each bundle, and of the bundles of another payment provider that differ. */
export const bundleSizeBudget = {
  name: 'bundle-sizes',
  headroomPercent: 3,
  slackPercentMax: 10,
  measure: (): Figures => {
    const sandbox = bundleLambdas({ paymentProvider: 'sandbox' });
    const others = [...bundleLambdas({ paymentProvider: 'stripe' })].filter(
      ([name, folder]) => sandbox.get(name) !== folder,
    );
    return Object.fromEntries([
      ...[...sandbox].map(([name, folder]) => [name, sizesOf(folder)]),
      ...others.map(([name, folder]) => [`${name} with Stripe`, sizesOf(folder)]),
    ]);
  },
} satisfies Budget;

function sizesOf(folder: string) {
  const contents = readFileSync(path.join(folder, 'index.mjs'));
  return { bytes: contents.byteLength, 'gzip bytes': gzipSync(contents, { level: 9 }).byteLength };
}
