import { cpSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildSync } from 'esbuild';
import { afterAll, describe, expect, onTestFinished, test, vi } from 'vitest';
import {
  buildFromStableInputs,
  bundleLambdas,
  ESBUILD_OPTIONS,
  hashInputs,
} from '../../../lib/bundling/bundle-lambdas.ts';
import { thirdPartyNotices } from '../../../lib/bundling/third-party-notices.ts';

const NOTICES = 'THIRD_PARTY_NOTICES.txt';
const ROOT = fileURLToPath(new URL('../../..', import.meta.url));
const copy = mkdtempSync(path.join(tmpdir(), 'stockbook-bundles-'));
for (const part of ['lambdas', 'lib', 'package.json', 'package-lock.json', 'tsconfig.json'])
  cpSync(path.join(ROOT, part), path.join(copy, part), { recursive: true });
afterAll(() => rmSync(copy, { recursive: true }));

describe('an earlier bundle', () => {
  test('is reused while all inputs are the same', () => {
    expect(hashInputs(copy)).toBe(hashInputs(ROOT));
  });

  test.each([
    'lambdas/shared/observability/logger.ts',
    'lambdas/orders/handlers/checkout/get-order.ts',
    'lambdas/orders/handlers/new-one.ts',
    'lib/bundling/bundle-lambdas.ts',
    'lib/bundling/third-party-notices.ts',
    'package.json',
    'package-lock.json',
    'tsconfig.json',
  ])('is not reused after a change of %s', (file) => {
    const before = hashInputs(copy);

    writeFileSync(path.join(copy, file), file.endsWith('.json') ? '{}' : '// changed');

    expect(hashInputs(copy)).not.toBe(before);
  });

  test('is not reused after a file was renamed', () => {
    const before = hashInputs(copy);

    renameSync(
      path.join(copy, 'lambdas/shared/observability/logger.ts'),
      path.join(copy, 'lambdas/shared/log.ts'),
    );

    expect(hashInputs(copy)).not.toBe(before);
  });

  test('is built again when an input is saved during the build', () => {
    const file = path.join(copy, 'lambdas/shared/core/clock.ts');
    const original = readFileSync(file, 'utf8');
    const read: string[] = [];

    const stored = buildFromStableInputs(copy, (hash) => {
      const source = readFileSync(file, 'utf8');
      read.push(source);
      // The second save restores the text that was hashed.
      if (read.length === 1) writeFileSync(file, '// saved during the build');
      if (read.length === 2) writeFileSync(file, original);
      return { hash, source };
    });

    expect(read).toEqual([original, '// saved during the build', original]);
    expect(stored).toEqual({ hash: hashInputs(copy), source: original });
  });

  test('is never stored while the inputs keep changing', () => {
    const file = path.join(copy, 'lambdas/shared/core/clock.ts');
    let builds = 0;
    const build = () => {
      builds += 1;
      writeFileSync(file, `// build ${builds}`);
    };

    expect(() => buildFromStableInputs(copy, build)).toThrow(
      'The sources changed during each of 5 builds',
    );
    expect(builds).toBe(5);
  });

  test('has every handler in its own folder', () => {
    const bundles = bundleLambdas({ paymentProvider: 'sandbox' });

    expect(bundles.size).toBeGreaterThan(60);
    expect(new Set(bundles.values()).size).toBe(bundles.size);
  });
});

describe('the fault switch of the local runtime', () => {
  /** The type of its errors, its observations and its class. */
  const FAULT_SWITCH = /injectedFault|\bFaults\b|fault switch/i;

  test('is in no bundle with any provider, so no fault can be set on AWS', () => {
    const found = (['sandbox', 'stripe'] as const).flatMap((paymentProvider) =>
      [...bundleLambdas({ paymentProvider })].flatMap(([name, folder]) =>
        FAULT_SWITCH.test(readFileSync(path.join(folder, 'index.mjs'), 'utf8')) ? [name] : [],
      ),
    );

    expect(found).toEqual([]);
  });

  test('would be found in a bundle that imports it', () => {
    const { outputFiles } = buildSync({
      ...ESBUILD_OPTIONS,
      outdir: copy,
      stdin: {
        resolveDir: ROOT,
        contents: "export { Faults as handler } from './local/faults/faults.ts';",
      },
    });

    expect(outputFiles[0]?.text).toMatch(FAULT_SWITCH);
  });
});

describe('a package that no function uses', () => {
  const LEFT_OUT =
    /^(@aws-sdk\/(credential-provider-(node|sso|ini|process|http|web-identity|login)|endpoint-cache)|@smithy\/credential-provider-imds|mnemonist) /m;

  test('is in no bundle with any provider', () => {
    const folders = (['sandbox', 'stripe'] as const).flatMap((paymentProvider) => [
      ...bundleLambdas({ paymentProvider }).values(),
    ]);
    const notices = folders.map((folder) => readFileSync(path.join(folder, NOTICES), 'utf8'));

    expect(
      notices.filter((text) => /^@aws-sdk\/credential-provider-env /m.test(text)).length,
    ).toBeGreaterThan(100);
    expect(notices.flatMap((text) => LEFT_OUT.exec(text)?.[0] ?? [])).toEqual([]);
  });

  test('would be in a bundle without the list of excluded packages', () => {
    const { metafile } = buildSync({
      ...ESBUILD_OPTIONS,
      alias: {},
      outdir: copy,
      entryPoints: ['lambdas/inventory/handlers/reservations/reserve-stock.ts'],
    });

    expect(thirdPartyNotices(Object.keys(metafile.inputs), ROOT)).toMatch(LEFT_OUT);
  });

  test('throws where it is used, while the rest of its client works', async () => {
    const file = path.join(copy, 'uses-what-is-left-out.mjs');
    const { outputFiles } = buildSync({
      ...ESBUILD_OPTIONS,
      outdir: copy,
      stdin: {
        resolveDir: ROOT,
        contents: `
          import { InvokeWithResponseStreamCommand, LambdaClient } from '@aws-sdk/client-lambda';
          const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };
          export const credentialsOf = (given) => new LambdaClient({ region: 'eu-west-1', ...given }).config.credentials();
          export const stream = (endpoint) => new LambdaClient({ region: 'eu-west-1', endpoint, credentials })
            .send(new InvokeWithResponseStreamCommand({ FunctionName: 'thing' }));`,
      },
    });
    writeFileSync(file, outputFiles[0]?.contents ?? '');
    const { credentialsOf, stream } = await import(file);
    const service = createServer((_, response) => response.writeHead(200).end());
    await new Promise<void>((listening) => service.listen(0, '127.0.0.1', listening));
    const { port } = service.address() as AddressInfo;
    onTestFinished(() => {
      vi.unstubAllEnvs();
      service.close();
    });
    vi.stubEnv('AWS_ACCESS_KEY_ID', '');
    vi.stubEnv('AWS_PROFILE', 'somebody');

    await expect(credentialsOf({})).rejects.toThrow(
      /^Any source of credentials but the environment: excluded/,
    );
    await expect(stream(`http://127.0.0.1:${port}`)).rejects.toThrow(/Event streams: excluded/);
    expect(
      await credentialsOf({ credentials: { accessKeyId: 'a', secretAccessKey: 'b' } }),
    ).toMatchObject({
      accessKeyId: 'a',
    });
  });
});
