import { describe, expect, test } from 'vitest';
import { IDLE_METRICS } from '../../../bench/budgets/idle-cost/idle-metrics.ts';
import { detectedInCell } from '../../../lambdas/reconciliation/domain/check-cells.ts';
import type { RepairPolicy } from '../../../lambdas/reconciliation/domain/repair.ts';
import { toRunView } from '../../../lambdas/reconciliation/presenters/reconciliation-views.ts';
import type { PagePart, RepairOrder } from '../../../lambdas/reconciliation/use-cases/ports.ts';
import { getReconciliation } from '../../../lambdas/reconciliation/use-cases/read-runs.ts';
import { startReconciliation } from '../../../lambdas/reconciliation/use-cases/reconcile.ts';
import { reportFinding } from '../../../lambdas/reconciliation/use-cases/report-finding.ts';
import { watchRuns } from '../../../lambdas/reconciliation/use-cases/watch-runs.ts';
import { work } from '../../../lambdas/reconciliation/use-cases/work.ts';
import { RetryLater } from '../../../lambdas/shared/core/faults.ts';
import { NOON, seconds } from '../../support/inventory.ts';
import {
  aBalanceThatDiffers,
  anOrder,
  aPaymentAudit,
  aReservationAudit,
  type FakeWorld,
  type Fuse,
  MemoryRuns,
  reconciliationPorts,
} from '../../support/reconciliation.ts';

const AUTO: RepairPolicy = { mode: 'auto', unitsPerSkuMax: 10, unitsPerRunMax: 100 };
const ALERT: RepairPolicy = { ...AUTO, mode: 'alert' };
const RUN = 'rec-1';

const cellNamed = (index: number) => ({ sku: `sku-${index}`, locationId: 'main', shard: 0 });

/** Seven orders, each with its reservation, payment and cell; and a drift of each kind of walk. */
function fill(world: FakeWorld): void {
  for (let index = 1; index <= 7; index += 1) {
    const orderId = `ord-${index}`;
    const line = { sku: `sku-${index}`, quantity: 2 };
    world.orderList.push(anOrder({ orderId, lines: [line] }));
    world.reservationList.push(
      aReservationAudit({
        reservationId: orderId,
        orderId,
        lines: [{ ...cellNamed(index), quantity: 2 }],
      }),
    );
    world.paymentList.push(aPaymentAudit({ orderId }));
    world.cellList.push(cellNamed(index));
  }
  // Not shipped; money kept for a cancelled order; a balance that differs; a reservation without an order.
  world.orderList[1] = anOrder({
    orderId: 'ord-2',
    status: 'FULFILLED',
    lines: [{ sku: 'sku-2', quantity: 2 }],
  });
  world.orderList[4] = anOrder({
    orderId: 'ord-5',
    status: 'CANCELLED',
    lines: [{ sku: 'sku-5', quantity: 2 }],
  });
  world.reservationList[4] = aReservationAudit({ reservationId: 'ord-5', status: 'RELEASED' });
  world.disagreements.push(aBalanceThatDiffers({ cell: cellNamed(3) }));
  world.orderList.splice(6, 1);
}

type Options = { readonly policy?: RepairPolicy; readonly fuse?: Fuse; readonly seconds?: number };

const command = {
  reconciliationId: RUN,
  full: false,
  segments: 2,
  fingerprint: 'print-1',
  by: 'tester',
  correlationId: 'corr-1',
  now: NOON,
};

/** Starts a run and works until the queue is empty; a message whose worker died comes again. */
async function run({ policy = AUTO, fuse, seconds: budget = 60 }: Options = {}) {
  // What has died makes no further call.
  let isDead = false;
  const all = reconciliationPorts((call) => {
    if (isDead) throw new Died();
    try {
      fuse?.(call);
    } catch (fault) {
      isDead = true;
      throw fault;
    }
  });
  fill(all.world);
  all.depths.push({ name: 'orders-dlq', holds: 'Events', messages: 3 });
  let clock = NOON;
  const tick = () => {
    clock += 1;
    return clock;
  };
  let deaths = 0;
  for (;;) {
    try {
      await startReconciliation(all.ports, command);
      break;
    } catch {
      deaths += 1;
      isDead = false;
    }
  }
  for (
    let message = all.queue.waiting.shift();
    message !== undefined;
    message = all.queue.waiting.shift()
  ) {
    try {
      await work(all.ports, message, { policy, seconds: budget, repairSeconds: 60, clock: tick });
    } catch (fault) {
      if (!(fault instanceof Died)) throw fault;
      deaths += 1;
      isDead = false;
      all.queue.waiting.push(message);
    }
  }
  const { findings, runs, world } = all;
  return {
    ...all,
    deaths,
    report: {
      run: { ...runs.all.get(RUN), finishedAt: '', updatedAt: '', version: 0 },
      findings: [...findings.all.values()]
        .map(({ kind, subject, status, lastError }) => ({ kind, subject, status, lastError }))
        .sort((a, b) => (a.subject < b.subject ? -1 : 1)),
      repairs: [...new Set(world.repairs.map(({ command: one }) => JSON.stringify(one)))].sort(),
    },
  };
}

class Died extends Error {}

/** Works on the queue until it is empty. */
async function drained(
  all: ReturnType<typeof reconciliationPorts>,
  policy: RepairPolicy,
  now = NOON,
): Promise<void> {
  for (
    let message = all.queue.waiting.shift();
    message !== undefined;
    message = all.queue.waiting.shift()
  ) {
    await work(all.ports, message, { policy, seconds: 60, repairSeconds: 60, clock: () => now });
  }
}

describe('a run', () => {
  test('reports what stands, though a payment that is shown with it changed between the two looks', async () => {
    const all = reconciliationPorts();
    const line = { sku: 'sku-1', quantity: 2 };
    all.world.orderList.push(anOrder({ orderId: 'ord-1', status: 'CANCELLED', lines: [line] }));
    all.world.reservationList.push(
      aReservationAudit({
        reservationId: 'ord-1',
        status: 'COMMITTED',
        lines: [{ ...cellNamed(1), quantity: 2 }],
      }),
    );
    all.world.paymentList.push(aPaymentAudit({ orderId: 'ord-1' }));
    const secondLook = async () => {
      all.world.paymentList = [aPaymentAudit({ orderId: 'ord-1', status: 'REFUNDED', version: 9 })];
    };
    const ports = { ...all.ports, pauses: { secondLook } };
    await startReconciliation(ports, command);

    await drained({ ...all, ports }, ALERT);

    expect([...all.findings.all.values()].map(({ kind }) => kind)).toContain(
      'CANCELLED_ORDER_HOLDS_STOCK',
    );
  });

  test('checks everything once, reports what stands and repairs what policy allows', async () => {
    const { report, gauges } = await run();

    expect(report.run).toMatchObject({
      status: 'COMPLETED',
      checked: { cells: 7, orders: 6, payments: 7, reservations: 6 },
      findings: 6,
      repaired: 3,
      unsettled: 0,
    });
    expect(report.findings).toEqual([
      { kind: 'BALANCE_DIFFERS', subject: 'cell:sku-3/main/0', status: 'REPAIRED' },
      { kind: 'ORDER_NOT_SHIPPED', subject: 'order:ord-2', status: 'REPAIRED' },
      { kind: 'CANCELLED_ORDER_KEEPS_MONEY', subject: 'payment:ord-5-1', status: 'REPAIRED' },
      { kind: 'PAYMENT_WITHOUT_ORDER', subject: 'payment:ord-7-1', status: 'OPEN' },
      { kind: 'DEAD_LETTERS', subject: 'queue:orders-dlq', status: 'OPEN' },
      { kind: 'RESERVATION_WITHOUT_ORDER', subject: 'reservation:ord-7', status: 'OPEN' },
    ]);
    expect(gauges.written[0]).toMatchObject({
      ReconciliationsCompleted: { value: 1, unit: 'Count' },
      CellsChecked: { value: 7, unit: 'Count' },
    });
  });

  test('that may only alert repairs nothing', async () => {
    const { report } = await run({ policy: ALERT });

    expect(report.repairs).toEqual([]);
    expect(new Set(report.findings.map(({ status }) => status))).toEqual(new Set(['OPEN']));
  });

  test('walks the orders and payments before the cells', async () => {
    const calls: string[] = [];
    await run({ fuse: (call) => calls.push(call) });

    expect(calls.lastIndexOf('before audits.orders')).toBeLessThan(
      calls.indexOf('before audits.cells'),
    );
    expect(calls.lastIndexOf('before audits.payments')).toBeLessThan(
      calls.indexOf('before audits.cells'),
    );
  });

  test('that has no time left after each page comes to the same report, message by message', async () => {
    const whole = await run();
    const inPieces = await run({ seconds: 0.001 });

    expect(inPieces.report).toEqual(whole.report);
  });

  test('that dies at any call, before or after it, goes on and gives the same report', async () => {
    const whole = await run();
    let calls = 0;
    await run({
      fuse: () => {
        calls += 1;
      },
    });

    for (let fatal = 1; fatal <= calls; fatal += 1) {
      let count = 0;
      const died = await run({
        fuse: () => {
          count += 1;
          if (count === fatal) throw new Died();
        },
      });

      expect(died.deaths, `call ${fatal}`).toBe(1);
      expect(died.report, `call ${fatal}`).toEqual(whole.report);
    }
    expect(calls).toBeGreaterThan(100);
  });

  test('whose part two workers have in hand counts each page once', async () => {
    const { ports, runs, queue, world } = reconciliationPorts();
    fill(world);
    await startReconciliation(ports, command);
    const worker = { policy: AUTO, seconds: 60, repairSeconds: 60, clock: () => NOON };

    while (queue.waiting.length > 0) {
      const messages = queue.waiting.splice(0);
      await Promise.all([...messages, ...messages].map((message) => work(ports, message, worker)));
    }

    expect(runs.all.get(RUN)).toMatchObject({
      status: 'COMPLETED',
      checked: { cells: 7, orders: 6, payments: 7, reservations: 6 },
    });
  });

  test('that is started again with its key is the same run; with another body it is refused', async () => {
    const { ports, runs } = reconciliationPorts();

    const first = await startReconciliation(ports, command);
    const again = await startReconciliation(ports, { ...command, now: NOON + seconds(5) });
    const other = await startReconciliation(ports, { ...command, fingerprint: 'print-2' });

    expect(again).toEqual(first);
    expect(other).toEqual({ ok: false, refusal: { kind: 'keyReused' } });
    expect(runs.all.size).toBe(1);
  });
});

describe('a finding', () => {
  const secondRun = async (all: ReturnType<typeof reconciliationPorts>) => {
    await startReconciliation(all.ports, {
      ...command,
      reconciliationId: 'rec-2',
      now: NOON + seconds(50),
    });
    await drained(all, ALERT, NOON + seconds(100));
    return [...all.findings.all.values()]
      .map(({ subject, status }) => `${status} ${subject}`)
      .sort();
  };

  test('that a second run does not meet again closes itself; that it meets again stays the same', async () => {
    const all = await run({ policy: ALERT });
    all.world.disagreements = [];

    const after = await secondRun(all);

    expect(after).toContain('CLOSED cell:sku-3/main/0');
    expect(after).toContain('OPEN order:ord-2');
    expect(all.findings.all.size).toBe(6);
  });

  test('that another run has met meanwhile stays open', async () => {
    const all = await run({ policy: ALERT });
    all.world.disagreements = [];
    const id =
      [...all.findings.all.values()].find(({ kind }) => kind === 'BALANCE_DIFFERS')?.findingId ??
      '';
    const before = all.findings.all.get(id);
    const lastSeenAt = new Date(NOON + seconds(60)).toISOString();
    if (before) all.findings.all.set(id, { ...before, lastSeenAt });

    expect(await secondRun(all)).toContain('OPEN cell:sku-3/main/0');
  });

  test('of a cell stays open while a cell would not hold still', async () => {
    const all = await run({ policy: ALERT });
    all.world.disagreements = [];
    all.world.unsettled = [cellNamed(3)];

    expect(await secondRun(all)).toContain('OPEN cell:sku-3/main/0');
  });

  test('is none when a second look differs: it was in flight', async () => {
    const all = reconciliationPorts();
    fill(all.world);
    all.world.disagreements = [];
    const [, unshipped] = all.world.reservationList;
    // The first look has been; orders are asked for by their ids at the second only.
    all.world.onLook = (what) => {
      if (what === 'ordersById' && unshipped)
        all.world.reservationList[1] = { ...unshipped, status: 'FULFILLED', version: 9 };
    };
    await startReconciliation(all.ports, command);
    await drained(all, ALERT);

    expect([...all.findings.all.values()].map(({ kind }) => kind)).not.toContain(
      'ORDER_NOT_SHIPPED',
    );
  });
});

describe('a repair in a run', () => {
  test('that the owner refuses leaves the finding to a person, with the reason, and gives its claim back', async () => {
    const all = reconciliationPorts();
    all.world.cellList.push(cellNamed(3));
    all.world.disagreements.push(aBalanceThatDiffers({ cell: cellNamed(3) }));
    all.world.refusal = { kind: 'refused', code: 'BOOK_MOVED_ON', detail: 'It has changed.' };
    await startReconciliation(all.ports, command);
    await drained(all, AUTO);

    expect([...all.findings.all.values()]).toMatchObject([
      { status: 'OPEN', lastError: 'BOOK_MOVED_ON: It has changed.' },
    ]);
    expect(all.runs.claims.size).toBe(0);
    expect([...all.runs.spent.values()].every((units) => units === 0)).toBe(true);
  });

  test.each([
    ['of one sku', { ...AUTO, unitsPerSkuMax: 2 }],
    ['of the run', { ...AUTO, unitsPerRunMax: 2 }],
  ])('above the cap %s is left to a person', async (_case, policy) => {
    const all = reconciliationPorts();
    all.world.cellList.push(cellNamed(3));
    all.world.disagreements.push(aBalanceThatDiffers({ cell: cellNamed(3) }));
    await startReconciliation(all.ports, command);
    await drained(all, policy);

    expect(all.world.repairs).toEqual([]);
    expect([...all.findings.all.values()]).toMatchObject([
      {
        status: 'OPEN',
        lastError: 'Not repaired by itself: it is above the caps of automatic repair.',
      },
    ]);
  });

  test('that would use up the run’s cap is left, though each alone is below it', async () => {
    const all = reconciliationPorts();
    for (const index of [1, 2, 3]) {
      all.world.cellList.push(cellNamed(index));
      all.world.disagreements.push(aBalanceThatDiffers({ cell: cellNamed(index) }));
    }
    await startReconciliation(all.ports, command);
    await drained(all, { ...AUTO, unitsPerRunMax: 7 });

    expect(all.world.repairs).toHaveLength(2);
    expect([...all.findings.all.values()].filter(({ status }) => status === 'OPEN')).toMatchObject([
      {
        lastError: 'Not repaired by itself: the caps of automatic repair are used up for this run.',
      },
    ]);
  });

  test('of what was repaired in it is refused', async () => {
    const all = reconciliationPorts();
    const cell = cellNamed(3);
    all.world.cellList.push(cell);
    all.world.disagreements.push(aBalanceThatDiffers({ cell }), {
      kind: 'MOVEMENT_MISSING',
      cell,
      version: 7,
      lost: [
        {
          kind: 'RECEIVED',
          quantity: 1,
          from: { account: 'outside' },
          to: { account: 'available' },
        },
      ],
      restorable: true,
      isCertain: true,
      since: new Date(NOON).toISOString(),
    });
    await startReconciliation(all.ports, command);
    await drained(all, AUTO);

    expect(all.world.repairs).toHaveLength(1);
    expect([...all.findings.all.values()].map(({ lastError }) => lastError)).toContain(
      'Not repaired by itself: something was repaired here in this run already.',
    );
  });
});

test('a repair by policy does what was claimed, not what another look proposes meanwhile', async () => {
  const all = reconciliationPorts();
  all.world.cellList.push(cellNamed(3));
  all.world.disagreements.push(aBalanceThatDiffers({ cell: cellNamed(3) }));
  const runs = new MemoryRuns();
  const claim = runs.claim.bind(runs);
  runs.claim = async (...asked) => {
    const [run, finding] = asked;
    const other = detectedInCell(
      aBalanceThatDiffers({ cell: cellNamed(3), units: 900 }),
      finding.detectedAt,
    );
    await reportFinding(all.findings, other, { ...run, by: 'another worker', now: NOON });
    return claim(...asked);
  };
  const ports = { ...all.ports, runs };
  await startReconciliation(ports, command);

  await drained({ ...all, ports }, AUTO);

  expect(all.world.repairs).toEqual([]);
  expect([...all.findings.all.values()]).toMatchObject([{ status: 'OPEN', revision: 2 }]);
  expect(runs.claims.size).toBe(0);
});

describe('a part whose page fails', () => {
  /** A run of one part whose audit of orders throws the first times, worked on as the queue gives its messages. */
  async function missing(times: number, fault: Error = new RetryLater('the API did not answer')) {
    const all = reconciliationPorts();
    all.world.orderList.push(anOrder());
    all.world.reservationList.push(aReservationAudit());
    all.world.paymentList.push(aPaymentAudit());
    let failures = 0;
    const audits = {
      ...all.ports.audits,
      cells: all.world.cells.bind(all.world),
      reservations: all.world.reservations.bind(all.world),
      payments: all.world.payments.bind(all.world),
      paymentsById: all.world.paymentsById.bind(all.world),
      ordersById: all.world.ordersById.bind(all.world),
      orders: async (part: PagePart) => {
        if (failures < times) {
          failures += 1;
          throw fault;
        }
        return all.world.orders(part);
      },
    };
    const ports = { ...all.ports, audits };
    await startReconciliation(ports, { ...command, segments: 1 });
    const shown: unknown[] = [];
    for (
      let message = all.queue.waiting.shift();
      message !== undefined;
      message = all.queue.waiting.shift()
    ) {
      await work(ports, message, {
        policy: ALERT,
        seconds: 60,
        repairSeconds: 60,
        clock: () => NOON,
      });
      const result = await getReconciliation(all.runs, RUN);
      if (result.ok)
        shown.push(toRunView(result.value).waitsFor.find(({ walk }) => walk === 'orders'));
    }
    return { ...all, shown, retries: all.queue.delays.filter((delay) => delay > 0) };
  }

  test('is tried again soon, ever later, and the run comes to its end', async () => {
    const { runs, retries } = await missing(6);

    expect(retries).toEqual([2, 8, 30, 60, 60, 60]);
    expect(runs.all.get(RUN)).toMatchObject({ status: 'COMPLETED', checked: { orders: 1 } });
  });

  test('shows what it waits for, and why', async () => {
    const { shown } = await missing(2);

    expect(shown).toContainEqual({
      walk: 'orders',
      part: 1,
      parts: 1,
      pages: 0,
      since: '2026-01-01T12:00:00.000Z',
      misses: 2,
      lastError: 'the API did not answer',
    });
    expect(shown.at(-1)).toBeUndefined();
  });

  test.each([
    [29, 'COMPLETED', undefined],
    [30, 'FAILED', 'orders 1: the API did not answer'],
  ])('%i times ends the run as %s', async (times, status, failure) => {
    const { runs, gauges } = await missing(times);

    expect(runs.all.get(RUN)?.status).toBe(status);
    expect(runs.all.get(RUN)?.failure).toBe(failure);
    expect(gauges.written.filter((written) => 'ReconciliationsFailed' in written)).toHaveLength(
      status === 'FAILED' ? 1 : 0,
    );
  });

  test('counts the attempts at one page, not those of the run', async () => {
    const { runs } = await missing(1);

    expect([...runs.parts.values()].filter(({ miss }) => miss !== undefined)).toEqual([]);
  });
});

test('a run sends each of its parts once', async () => {
  const all = reconciliationPorts();
  fill(all.world);
  await startReconciliation(all.ports, command);
  const sent: string[] = [];
  for (
    let message = all.queue.waiting.shift();
    message !== undefined;
    message = all.queue.waiting.shift()
  ) {
    if (message.kind === 'part') sent.push(`${message.part.walk} ${message.part.segment}`);
    await work(all.ports, message, {
      policy: ALERT,
      seconds: 60,
      repairSeconds: 60,
      clock: () => NOON,
    });
  }

  expect(sent.sort()).toEqual([
    'cells 0',
    'cells 1',
    'hinted 0',
    'orders 0',
    'orders 1',
    'payments 0',
    'payments 1',
    'queues 0',
    'records 0',
    'records 1',
  ]);
});

describe('a page', () => {
  test('looks at the orders of 400 committed reservations, and the next page at those that follow', async () => {
    const all = reconciliationPorts();
    all.world.cellList.push(cellNamed(1));
    for (let index = 0; index < 401; index += 1) {
      const line = { ...cellNamed(1), quantity: 1 };
      all.world.reservationList.push(
        aReservationAudit({
          reservationId: `res-${index}`,
          orderId: `res-${index}`,
          lines: [line],
        }),
      );
    }
    await startReconciliation(all.ports, { ...command, segments: 1 });

    await drained(all, ALERT);

    const pages = [...all.runs.parts.values()].find(({ walk }) => walk === 'cells');
    expect(pages).toMatchObject({ pages: 2, checked: { cells: 1 }, isDone: true });
    expect(all.findings.all.size).toBe(401);
  });

  test('looks at ten of the cells that are hinted, and the next page at those that follow', async () => {
    const all = reconciliationPorts();
    for (let index = 0; index < 11; index += 1) {
      all.world.disagreements.push(aBalanceThatDiffers({ cell: cellNamed(index) }));
      await all.runs.hint(RUN, cellNamed(index), `ord-${index}`);
    }
    await startReconciliation(all.ports, { ...command, segments: 1 });

    await drained(all, ALERT);

    const pages = [...all.runs.parts.values()].find(({ walk }) => walk === 'hinted');
    expect(pages).toMatchObject({ pages: 2, isDone: true });
    expect(all.findings.all.size).toBe(11);
  });

  test('begins no repair once its time is up, and says so', async () => {
    const all = reconciliationPorts();
    all.world.cellList.push(cellNamed(3));
    all.world.disagreements.push(aBalanceThatDiffers({ cell: cellNamed(3) }));
    await startReconciliation(all.ports, command);
    for (
      let message = all.queue.waiting.shift();
      message !== undefined;
      message = all.queue.waiting.shift()
    )
      await work(all.ports, message, {
        policy: AUTO,
        seconds: 60,
        repairSeconds: 0,
        clock: () => NOON,
      });

    expect(all.world.repairs).toEqual([]);
    expect(all.runs.all.get(RUN)?.status).toBe('COMPLETED');
    expect([...all.findings.all.values()]).toMatchObject([
      {
        status: 'OPEN',
        lastError: 'Not repaired by itself: this part of the run had no time left for it.',
      },
    ]);
  });
});

describe('a finding that cannot be repaired', () => {
  /** Two cells that differ, the owner of one of which throws what is given. */
  async function withOwnerThat(fails: () => never) {
    const all = reconciliationPorts();
    for (const index of [1, 2]) {
      all.world.cellList.push(cellNamed(index));
      all.world.disagreements.push(aBalanceThatDiffers({ cell: cellNamed(index) }));
    }
    let isAway = true;
    const owners = {
      repair: async (order: RepairOrder) =>
        isAway && 'cell' in order.command && order.command.cell?.sku === 'sku-1'
          ? fails()
          : all.world.repair(order),
    };
    const ports = { ...all.ports, owners };
    await startReconciliation(ports, command);
    await drained({ ...all, ports }, AUTO);
    const comeBack = () => {
      isAway = false;
    };
    return { ...all, ports, comeBack };
  }
  const unrepaired = ({ findings }: ReturnType<typeof reconciliationPorts>) =>
    [...findings.all.values()].find(({ subject }) => subject === 'cell:sku-1/main/0');

  test.each([
    ['whose owner does not answer', new RetryLater('the API did not answer')],
    ['whose owner fails', new Error('the API was answered 418')],
  ])('%s keeps no run from concluding, and says so', async (_case, fault) => {
    const all = await withOwnerThat(() => {
      throw fault;
    });

    expect(all.runs.all.get(RUN)).toMatchObject({ status: 'COMPLETED', findings: 2, repaired: 1 });
    expect(unrepaired(all)).toMatchObject({
      status: 'APPROVED',
      lastError: `The repair was not confirmed (${fault.message}). The next reconciliation sends it again.`,
    });
    // What may have been done is not given back.
    expect(all.runs.spent.get('sku-1')).toBe(3);
  });

  test('is repaired by the next run', async () => {
    const all = await withOwnerThat(() => {
      throw new RetryLater('away');
    });
    all.comeBack();

    await startReconciliation(all.ports, { ...command, reconciliationId: 'rec-2' });
    await drained(all, AUTO);

    expect(all.runs.all.get('rec-2')).toMatchObject({ status: 'COMPLETED', repaired: 1 });
    expect(unrepaired(all)).toMatchObject({ status: 'REPAIRED' });
  });

  test('was approved by policy, and is left to a person where policy no longer allows it', async () => {
    const all = await withOwnerThat(() => {
      throw new RetryLater('away');
    });
    all.comeBack();

    await startReconciliation(all.ports, { ...command, reconciliationId: 'rec-2' });
    await drained(all, ALERT);

    expect(all.world.repairs).toHaveLength(1);
    expect(unrepaired(all)).toMatchObject({
      status: 'OPEN',
      lastError: 'Not repaired by itself: policy allows no automatic repair of it.',
    });
  });

  test('was approved by policy for 3 units, and never does 900', async () => {
    const all = await withOwnerThat(() => {
      throw new RetryLater('away');
    });
    all.comeBack();
    all.world.disagreements = [aBalanceThatDiffers({ cell: cellNamed(1), units: 900 })];

    await startReconciliation(all.ports, { ...command, reconciliationId: 'rec-2' });
    await drained(all, AUTO);

    expect(all.world.repairs).toHaveLength(1);
    expect(unrepaired(all)).toMatchObject({
      status: 'OPEN',
      revision: 2,
      lastError: 'Not repaired by itself: it is above the caps of automatic repair.',
    });
  });
});

test.each([
  ['before it is approved', 'before findings.save'],
  ['after it was approved', 'before owners.repair'],
  ['after it was done', 'after owners.repair'],
])(
  'a repair by policy whose worker dies %s moves what was claimed, though more is proposed',
  async (_case, fatal) => {
    let isDead = false;
    let saved = 0;
    const all = reconciliationPorts((call) => {
      if (isDead) throw new Died();
      // The first version of the finding is the report.
      if (call === 'before findings.save') saved += 1;
      isDead = call === fatal && (call !== 'before findings.save' || saved === 2);
      if (isDead) throw new Died();
    });
    all.world.cellList.push(cellNamed(3));
    all.world.disagreements.push(aBalanceThatDiffers({ cell: cellNamed(3), units: 6 }));
    await startReconciliation(all.ports, command);
    await expect(drained(all, { ...AUTO, unitsPerRunMax: 10 })).rejects.toThrow(Died);
    isDead = false;
    saved = 100;
    all.world.disagreements = [aBalanceThatDiffers({ cell: cellNamed(3), units: 9 })];
    const ports = { ...all.ports, owners: all.world };
    await startReconciliation(ports, command);

    await drained({ ...all, ports }, { ...AUTO, unitsPerRunMax: 10 });

    const moved = all.world.repairs.flatMap(({ command: one }) =>
      one.action === 'rebuildBalance' ? [one.accounts.available] : [],
    );
    expect(all.runs.all.get(RUN)?.status).toBe('COMPLETED');
    expect(moved).toEqual(fatal === 'after owners.repair' ? [5] : []);
    expect([...all.findings.all.values()]).toMatchObject([
      {
        status: 'OPEN',
        revision: 2,
        lastError: 'Not repaired by itself: something was repaired here in this run already.',
      },
    ]);
  },
);

describe('each hour', () => {
  test('what stands open and the age of the last good run are written as metrics', async () => {
    const { ports, gauges } = await run({ policy: ALERT });

    await watchRuns(ports, NOON + seconds(7_200));

    expect(gauges.written.at(-1)).toEqual({
      FindingsOpen: { value: 6, unit: 'Count' },
      // Three of the balance, two of each of the two reservations.
      DriftUnits: { value: 7, unit: 'Count' },
      LastReconciliationAge: { value: expect.closeTo(7_200, 0), unit: 'Seconds' },
    });
  });

  test.each([
    ['idle for half an hour is sent on its way again', 31 * 60, 'RUNNING', 7],
    ['busy a minute ago is left alone', 60, 'RUNNING', 0],
    ['not finished within 20 hours is given up', 20 * 3_600 + 1, 'FAILED', 0],
  ])('a run that is %s', async (_case, age, status, sent) => {
    const { ports, runs, queue, gauges } = reconciliationPorts();
    await startReconciliation(ports, command);
    queue.waiting.splice(0);

    await watchRuns(ports, NOON + seconds(age));

    expect(runs.all.get(RUN)?.status).toBe(status);
    expect(queue.waiting).toHaveLength(sent);
    expect(gauges.written[0]?.ReconciliationsFailed?.value).toBe(
      status === 'FAILED' ? 1 : undefined,
    );
  });

  test('an idle stage writes the metrics that its cost is computed from, and no other ones', async () => {
    const { ports, gauges } = await run({ policy: ALERT });
    const ofRun = gauges.written.map((written) => Object.keys(written).sort());
    const idle = reconciliationPorts();
    await startReconciliation(idle.ports, command);

    await watchRuns(ports, NOON);
    await watchRuns(idle.ports, NOON);

    expect(ofRun).toEqual([IDLE_METRICS.StartScheduled]);
    expect(idle.gauges.written.map(Object.keys)).toEqual([IDLE_METRICS.WatchRuns]);
  });

  test('nothing is written of a stage that has not run yet, and has nothing open', async () => {
    const { ports, gauges } = reconciliationPorts();

    await watchRuns(ports, NOON);

    expect(gauges.written).toEqual([{}]);
  });

  test('the age is that of the oldest start while no run has finished', async () => {
    const { ports, gauges } = reconciliationPorts();
    await startReconciliation(ports, command);

    await watchRuns(ports, NOON + seconds(60));

    expect(gauges.written).toEqual([{ LastReconciliationAge: { value: 60, unit: 'Seconds' } }]);
  });
});
