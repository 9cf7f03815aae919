import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { bundleLambdas } from '../../../lib/bundling/bundle-lambdas.ts';

test('each bundle has exactly the notices of its packages', () => {
  const noticesIn = (folder: string) =>
    readFileSync(path.join(folder, 'THIRD_PARTY_NOTICES.txt'), 'utf8');
  const withStripe = noticesIn(
    bundleLambdas({ paymentProvider: 'stripe' }).get('payments/authorize-payment') ?? '',
  );
  const bundles = bundleLambdas({ paymentProvider: 'sandbox' });

  expect(bundles.size).toBeGreaterThan(40);
  for (const folder of bundles.values())
    expect(noticesIn(folder)).toMatch(/^@middy\/core .+ \(MIT\)$/m);
  expect(withStripe).toMatch(/^stripe .+ \(MIT\)$/m);
  expect(withStripe).toContain('Permission is hereby granted');
  expect(noticesIn(bundles.get('payments/authorize-payment') ?? '')).not.toMatch(/^stripe /m);
});
