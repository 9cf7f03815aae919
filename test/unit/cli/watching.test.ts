import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, test } from 'vitest';
import {
  type OpenPart,
  type Run,
  untilOver,
  type Watching,
  waitsInWords,
} from '../../../cli/reconciliation.ts';

const NOON = Date.parse('2026-01-01T12:00:00.000Z');
const part = (overrides: Partial<OpenPart> = {}): OpenPart => ({
  walk: 'cells',
  part: 1,
  parts: 4,
  pages: 0,
  since: new Date(NOON).toISOString(),
  misses: 0,
  ...overrides,
});
const running = (cells: number, ...waitsFor: readonly OpenPart[]): Run => ({
  reconciliationId: 'rec_1',
  status: 'RUNNING',
  checked: { cells },
  findings: 0,
  repaired: 0,
  unsettled: 0,
  waitsFor,
});

/** Watches a run that is answered view by view; the last one for ever. */
async function watched(views: readonly Run[], overrides: Partial<Watching> = {}) {
  let asked = 0;
  const server = createServer((_request, response) => {
    const view = views[Math.min(asked, views.length - 1)];
    asked += 1;
    response.setHeader('content-type', 'application/json').end(JSON.stringify(view));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const written: string[] = [];
  try {
    const run = await untilOver(
      { url: `http://127.0.0.1:${port}`, token: 't' },
      'rec_1',
      AbortSignal.timeout(5_000),
      {
        pollMilliseconds: 1,
        quietMilliseconds: { min: 0, max: 60_000 },
        idleMilliseconds: 60_000,
        isTerminal: false,
        write: (text) => written.push(text),
        ...overrides,
      },
    );
    return { run, written: written.join('') };
  } finally {
    server.close();
    server.closeAllConnections();
  }
}

describe('a run that is watched', () => {
  test('shows without a terminal how far it has come and what it waits for, and ends with the run', async () => {
    const since = new Date().toISOString();
    const { run, written } = await watched([
      running(0, part({ since })),
      running(500, part({ since, pages: 1 })),
      running(500, part({ since, pages: 1, misses: 2, lastError: 'the API did not answer' })),
      { ...running(900), status: 'COMPLETED' },
    ]);

    expect(run).toMatchObject({ status: 'COMPLETED', checked: { cells: 900 } });
    expect(written).toMatch(/0 cells so far; waits for cells 1 of 4 \(page 1, for \d+ s\)/);
    expect(written).toMatch(/500 cells so far; waits for cells 1 of 4 \(page 2, for \d+ s\)/);
    expect(written).toContain('failed 2 times: the API did not answer');
  });

  test('says at least now and then that it still waits', async () => {
    const since = new Date(Date.now() + 3_600_000).toISOString();
    const views = Array.from({ length: 20 }, () => running(0, part({ since })));

    const quiet = await watched([...views, { ...running(0), status: 'COMPLETED' }]);
    const heard = await watched([...views, { ...running(0), status: 'COMPLETED' }], {
      quietMilliseconds: { min: 0, max: 0 },
    });

    expect(quiet.written.match(/waits for/g)).toHaveLength(1);
    expect(heard.written.match(/waits for/g)).toHaveLength(20);
  });

  test('is watched no longer when it makes no progress, though attempts go on', async () => {
    const stuck = [1, 2, 3].map((misses) => running(7, part({ misses, lastError: 'away' })));

    const { run, written } = await watched(stuck, { idleMilliseconds: 30 });

    expect(run).toBeUndefined();
    expect(written).toMatch(/No progress for 0 minutes; waits for cells 1 of 4 .*away/);
    expect(written).toContain('docs/runbook/reconciliation-failed.md');
  });
});

test('names three parts that a run waits for: those that fail first, then the oldest', () => {
  const at = (seconds: number) => new Date(NOON - seconds * 1_000).toISOString();
  const waitsFor = [
    part({ part: 1, since: at(10) }),
    part({ part: 2, since: at(40) }),
    part({ part: 3, since: at(20), misses: 1, lastError: 'away' }),
    part({ part: 4, since: at(30) }),
  ];

  expect(waitsInWords({ waitsFor }, NOON)).toBe(
    'waits for cells 3 of 4 (page 1, for 20 s; failed 1 time: away), cells 2 of 4 (page 1, for 40 s), cells 4 of 4 (page 1, for 30 s) and 1 more',
  );
});

test('says so where a run waits for nothing but its end', () => {
  expect(waitsInWords({ waitsFor: [] }, NOON)).toContain('waits for its end');
});
