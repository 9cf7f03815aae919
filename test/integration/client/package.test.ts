import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { build } from 'esbuild';
import { afterAll, beforeAll, expect, test } from 'vitest';

const run = promisify(execFile);
const ROOT = fileURLToPath(new URL('../../..', import.meta.url));
const DEPENDENCIES = ['aws4fetch', 'openapi-fetch', 'openapi-typescript-helpers'];
/** Minified bytes of a page's bundle that orders and reads events. */
const BROWSER_BYTES_MAX = 24 * 1024;

let project: string;
let server: Server;
let url: string;

/** Installs the packed package into an empty project, as `npm install` does. */
beforeAll(async () => {
  project = mkdtempSync(path.join(tmpdir(), 'stockbook-client-'));
  const scope = path.join(project, 'node_modules', '@stockbook');
  mkdirSync(scope, { recursive: true });
  const { stdout } = await run(
    'npm',
    ['pack', '--workspace', 'client', '--pack-destination', project, '--json'],
    { cwd: ROOT },
  );
  const [packed] = Object.values<{ filename: string }>(JSON.parse(stdout));
  await run('tar', ['-xf', path.join(project, packed?.filename ?? ''), '-C', scope]);
  await run('mv', [path.join(scope, 'package'), path.join(scope, 'client')]);
  for (const name of DEPENDENCIES)
    symlinkSync(path.join(ROOT, 'node_modules', name), path.join(project, 'node_modules', name));
  writeFileSync(path.join(project, 'package.json'), '{"type": "module"}\n');

  let requests = 0;
  server = createServer((request, response) => {
    requests += 1;
    const isFirst = requests === 1;
    response.writeHead(isFirst ? 503 : 200, {
      'content-type': 'application/json',
      ...(isFirst ? { 'retry-after': '1' } : {}),
    });
    response.end(JSON.stringify({ status: 'ok', asked: request.url }));
  }).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});

afterAll(() => {
  server.close();
  rmSync(project, { recursive: true, force: true });
});

test('the package sends requests from a project that installs it', async () => {
  writeFileSync(
    path.join(project, 'main.mjs'),
    `import { createClient, unwrap } from '@stockbook/client';
     const client = createClient({ url: process.argv[2], identity: { token: 'secret' } });
     console.log(JSON.stringify(unwrap(await client.GET('/stock/{sku}', { params: { path: { sku: 'tea' } } }))));`,
  );

  const { stdout } = await run(process.execPath, ['main.mjs', url], { cwd: project });

  expect(JSON.parse(stdout)).toEqual({ status: 'ok', asked: '/stock/tea' });
});

test('its types reject an unknown path, a wrong body and an unknown code', async () => {
  writeFileSync(
    path.join(project, 'main.ts'),
    `import { createClient, hasCode, isEvent, unwrap } from '@stockbook/client';
     const client = createClient({ url: 'https://api.example' });
     const { data, error } = await client.POST('/orders', { body: { lines: [{ sku: 'tea', quantity: 1 }] } });
     export const orderId: string | undefined = data?.orderId;
     export const available: number | undefined = hasCode(error, 'INSUFFICIENT_STOCK') ? error.shortages[0]?.available : undefined;
     export const onHand: number = unwrap(await client.GET('/stock/{sku}', { params: { path: { sku: 'tea' } } })).onHand;
     for await (const { orderId } of client.items('/orders')) orderId.slice();
     const event: object = {};
     if (isEvent('StockLow', event)) event.detail.data.sku.slice();
     // @ts-expect-error
     await client.GET('/nowhere');
     // @ts-expect-error
     await client.POST('/orders', { body: { lines: 'tea' } });
     // @ts-expect-error
     hasCode(error, 'NO_SUCH_CODE');
     // @ts-expect-error
     client.items('/health');
     `,
  );

  const options = ['--noEmit', '--strict', '--module', 'nodenext', '--target', 'es2022'];
  const checked = await run(
    path.join(ROOT, 'node_modules', '.bin', 'tsc'),
    [...options, '--lib', 'es2024,dom,dom.iterable', 'main.ts'],
    { cwd: project },
  ).catch((error: { readonly stdout: string }) => error);

  expect(checked.stdout).toBe('');
});

test('a page can bundle it: no module of Node, and a small bundle', async () => {
  writeFileSync(
    path.join(project, 'page.mjs'),
    "export { createClient, hasCode, isEvent, unwrap } from '@stockbook/client';",
  );

  const { outputFiles } = await build({
    absWorkingDir: project,
    entryPoints: ['page.mjs'],
    bundle: true,
    minify: true,
    platform: 'browser',
    format: 'esm',
    write: false,
  });

  const [bundle] = outputFiles;
  expect(bundle?.contents.byteLength).toBeLessThan(BROWSER_BYTES_MAX);
  expect(bundle?.contents.byteLength).toBeGreaterThan(BROWSER_BYTES_MAX / 2);
});
