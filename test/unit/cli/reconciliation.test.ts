import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, test } from 'vitest';
import {
  describePending,
  type WatchOptions,
  waitForCompletion,
} from '../../../cli/reconciliation.ts';
import type {
  PendingSegmentView,
  ReconciliationView,
} from '../../../lambdas/contracts/api/reconciliation.ts';

const NOON = Date.parse('2026-01-01T12:00:00.000Z');
const pendingSegment = (overrides: Partial<PendingSegmentView> = {}): PendingSegmentView => ({
  target: 'cells',
  segment: 1,
  segments: 4,
  pages: 0,
  since: new Date(NOON).toISOString(),
  failedAttempts: 0,
  ...overrides,
});
const runningRun = (
  cells: number,
  ...pendingSegments: readonly PendingSegmentView[]
): ReconciliationView => ({
  reconciliationId: 'rec_1',
  status: 'RUNNING',
  startedAt: new Date(NOON).toISOString(),
  finishedAt: null,
  checked: { cells, reservations: 0, orders: 0, payments: 0 },
  findings: 0,
  repaired: 0,
  unsettledCells: 0,
  pendingSegments: [...pendingSegments],
});

/** Watches a run whose view changes with each request, until the last one. */
async function watchRun(
  views: readonly ReconciliationView[],
  overrides: Partial<WatchOptions> = {},
) {
  let requestCount = 0;
  const server = createServer((_request, response) => {
    const view = views[Math.min(requestCount, views.length - 1)];
    requestCount += 1;
    response.setHeader('content-type', 'application/json').end(JSON.stringify(view));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const written: string[] = [];
  try {
    const run = await waitForCompletion(
      { url: `http://127.0.0.1:${port}`, token: 't' },
      'rec_1',
      AbortSignal.timeout(5_000),
      {
        pollMilliseconds: 1,
        printMilliseconds: { min: 0, max: 60_000 },
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

describe('waiting for a run', () => {
  test('prints progress and pending segments without a terminal, and returns the run', async () => {
    const since = new Date().toISOString();
    const { run, written } = await watchRun([
      runningRun(0, pendingSegment({ since })),
      runningRun(500, pendingSegment({ since, pages: 1 })),
      runningRun(
        500,
        pendingSegment({
          since,
          pages: 1,
          failedAttempts: 2,
          lastError: 'the API did not respond',
        }),
      ),
      { ...runningRun(900), status: 'COMPLETED' },
    ]);

    expect(run).toMatchObject({
      status: 'COMPLETED',
      checked: { cells: 900, reservations: 0, orders: 0, payments: 0 },
    });
    expect(written).toMatch(
      /^\S+ 0 cells, .* so far; waits for cells 1 of 4 \(page 1, for \d+ s\)/,
    );
    expect(written).toMatch(/ 500 cells, .* so far; waits for cells 1 of 4 \(page 2, for \d+ s\)/);
    expect(written).toContain('failed 2 times: the API did not respond');
  });

  test('prints a line after a while without changes', async () => {
    const since = new Date(Date.now() + 3_600_000).toISOString();
    const views = Array.from({ length: 20 }, () => runningRun(0, pendingSegment({ since })));

    const quiet = await watchRun([...views, { ...runningRun(0), status: 'COMPLETED' }]);
    const heard = await watchRun([...views, { ...runningRun(0), status: 'COMPLETED' }], {
      printMilliseconds: { min: 0, max: 0 },
    });

    expect(quiet.written.match(/waits for/g)).toHaveLength(1);
    expect(heard.written.match(/waits for/g)).toHaveLength(20);
  });

  test('stops after a long time without progress, although attempts continue', async () => {
    const stuck = [1, 2, 3].map((failedAttempts) =>
      runningRun(7, pendingSegment({ failedAttempts, lastError: 'away' })),
    );

    const { run, written } = await watchRun(stuck, { idleMilliseconds: 30 });

    expect(run).toBeUndefined();
    expect(written).toMatch(/No progress for 0 minutes; waits for cells 1 of 4 .*away/);
    expect(written).toContain('docs/runbook/reconciliation-failed.md');
  });
});

test('names three pending segments: failed ones first, then the oldest', () => {
  const at = (seconds: number) => new Date(NOON - seconds * 1_000).toISOString();
  const pendingSegments = [
    pendingSegment({ segment: 1, since: at(10) }),
    pendingSegment({ segment: 2, since: at(40) }),
    pendingSegment({ segment: 3, since: at(20), failedAttempts: 1, lastError: 'away' }),
    pendingSegment({ segment: 4, since: at(30) }),
  ];

  expect(describePending({ pendingSegments }, NOON)).toBe(
    'waits for cells 3 of 4 (page 1, for 20 s; failed 1 time: away), cells 2 of 4 (page 1, for 40 s), cells 4 of 4 (page 1, for 30 s) and 1 more',
  );
});

test('describes a run without pending segments', () => {
  expect(describePending({ pendingSegments: [] }, NOON)).toContain('waits for the end');
});
