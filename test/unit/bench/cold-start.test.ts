import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, beforeEach, describe, expect, test } from 'vitest';
import { buildSdkOnlyBundle } from '../../../bench/cold-start/baselines.ts';
import type { MeasuredFunction } from '../../../bench/cold-start/environment.ts';
import { medianOf, runInFreshProcess, runInRotation } from '../../../bench/cold-start/measure.ts';
import { type ReplayProxy, startReplayProxy } from '../../../bench/cold-start/replay-proxy.ts';
import { ESBUILD_OPTIONS } from '../../../lib/bundling/bundle-lambdas.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'stockbook-cold-test-'));
afterAll(() => rmSync(folder, { recursive: true }));
let requestCount = 0;
let recorder: ReplayProxy;
/** A service that counts its requests. */
const service = createServer((request, response) => {
  requestCount += 1;
  response
    .writeHead(200, { 'content-type': 'text/plain', host: request.headers.host })
    .end(`response ${requestCount} to ${request.headers.host}`);
});
const request = async (route = '/'): Promise<string> =>
  (await fetch(`${recorder.url}${route}`)).text();

beforeEach(async () => {
  requestCount = 0;
  await new Promise<void>((listening) => service.listen(0, '127.0.0.1', listening));
  recorder = await startReplayProxy(`http://127.0.0.1:${(service.address() as AddressInfo).port}`);
});
afterEach(async () => {
  await recorder.stop();
  service.closeAllConnections();
  await new Promise((closed) => service.close(closed));
});

describe('a replay proxy', () => {
  test('forwards requests unchanged, and replays their responses without a request', async () => {
    recorder.record('one');
    const first = [await request(), await request()];
    recorder.replay('one');

    expect([await request(), await request()]).toEqual(first);
    expect(first).toEqual(
      [1, 2].map((count) => `response ${count} to ${new URL(recorder.url).host}`),
    );
    expect(requestCount).toBe(2);
    expect(recorder.unexpectedRequests).toEqual([]);
  });

  test('replays each recording from its first response', async () => {
    recorder.record('one');
    const one = await request();
    recorder.record('two');
    await request();
    for (let round = 0; round < 2; round += 1) {
      recorder.replay('one');
      expect(await request()).toBe(one);
    }
  });

  test('responds with 500 to an unrecorded request, and reports it', async () => {
    recorder.record('one');
    await request('/known');
    recorder.replay('one');

    expect((await fetch(`${recorder.url}/unknown`)).status).toBe(500);
    expect(recorder.unexpectedRequests).toEqual(['GET /unknown']);
    expect(() => recorder.replay('two')).toThrow('Nothing was recorded as two.');
  });
});

describe('a fresh process', () => {
  const subject: MeasuredFunction = {
    name: 'things/do-thing',
    functionName: 'thing',
    environment: { GREETING: 'hello' },
    event: { to: 'alice' },
    check: () => undefined,
  };
  const candidate = (name: string, source: string) => {
    const module = path.join(folder, `${name}.mjs`);
    writeFileSync(module, source);
    return { name, module, subject };
  };

  test('imports a module and passes the event to its handler', async () => {
    const run = await runInFreshProcess(
      candidate(
        'greets',
        `await new Promise((resolve) => setTimeout(resolve, 300));
        export const handler = async (event) => { console.log('a log'); return process.env.GREETING + ' ' + event.to; };`,
      ),
      folder,
    );

    expect(run.response).toBe('hello alice');
    expect(run.importMilliseconds).toBeGreaterThanOrEqual(299);
    expect(run.responseMilliseconds).toBeLessThan(run.importMilliseconds);
  });

  test('reports the output of a failed run', async () => {
    const broken = candidate('breaks', "throw new Error('no such table');");

    await expect(runInFreshProcess(broken, folder)).rejects.toThrow(
      /breaks ended with exit code 1\. Output: [\s\S]*no such table/,
    );
  });

  test('runs each candidate equally often, and an unexpected request ends the measurement', async () => {
    const still = candidate('still', 'export const handler = () => 1;');
    const asks = candidate(
      'asks',
      `export const handler = async () => (await fetch('${recorder.url}/other')).status;`,
    );
    recorder.record(subject.name);
    await request('/known');

    const runs = await runInRotation([still, { ...still, name: 'again' }], [recorder], 2, folder);

    expect([...runs].map(([name, { length }]) => [name, length])).toEqual([
      ['still', 2],
      ['again', 2],
    ]);
    await expect(runInRotation([asks], [recorder], 1, folder)).rejects.toThrow(
      'The functions sent requests that were not recorded: GET /other',
    );
  });
});

test('an SDK-only bundle has the recorded commands, and rejects those of another service', () => {
  const calls = [
    { name: 'DynamoDB_20120810.GetItem', body: '{"TableName":"t","Key":{"pk":{"S":"a"}}}' },
  ];

  expect(buildSdkOnlyBundle(path.join(folder, 'sdk'), calls, ESBUILD_OPTIONS)).toBe(
    path.join(folder, 'sdk', 'index.mjs'),
  );
  expect(() =>
    buildSdkOnlyBundle(folder, [{ name: 'PUT /reservations/r-1', body: '' }], ESBUILD_OPTIONS),
  ).toThrow('The SDK-only bundle cannot send PUT /reservations/r-1.');
});

test.each([
  [[3], 3],
  [[3, 1, 2], 2],
  [[4, 1, 3, 2], 2.5],
])('the median of %j is %d', (values, median) => {
  expect(medianOf(values)).toBe(median);
});

test('there is no median without values', () => {
  expect(() => medianOf([])).toThrow('There is no median without values.');
});
