import fc from 'fast-check';
import { expect, inject, test } from 'vitest';
import { checkInvariants, readSystemState } from '../simulator/checks/invariants.ts';
import { loadSystemModel } from '../simulator/system-model.ts';
import { World } from '../simulator/world.ts';

/** Number of runs. A failure prints the seed and the shortest list of commands that fails. */
const RUNS = Number(process.env.MODEL_RUNS ?? 60);
const COMMANDS_MAX = 25;
const SKUS = ['tea', 'cup'] as const;
const STAFF = { user: 'staff' };
const SERVICE = { service: 'arn:aws:sts::000000000000:assumed-role/test/service' };
const BUCKET_SECONDS = 60;
const SECOND = 1_000;

type Sku = (typeof SKUS)[number];
type Lines = Partial<Record<Sku, number>>;
type Hold = {
  lines: Lines;
  until: number;
  status: 'HELD' | 'COMMITTED' | 'FULFILLED' | 'RELEASED' | 'EXPIRED';
};

/** Simple model of the stock: units on hand, and holds with their expiry. */
class Model {
  readonly onHand: Record<Sku, number> = { tea: 0, cup: 0 };
  readonly holds = new Map<string, Hold>();
  /** Epoch seconds. */
  now = 0;

  claimedUnits(sku: Sku): number {
    return [...this.holds.values()]
      .filter(
        ({ status, until }) => status === 'COMMITTED' || (status === 'HELD' && until > this.now),
      )
      .reduce((sum, { lines }) => sum + (lines[sku] ?? 0), 0);
  }

  available(sku: Sku): number {
    return this.onHand[sku] - this.claimedUnits(sku);
  }

  canHold(lines: Lines): boolean {
    return SKUS.every((sku) => this.available(sku) >= (lines[sku] ?? 0));
  }
}

type Command = fc.AsyncCommand<Model, World>;

const expiryAfter = (now: number, holdSeconds: number): number =>
  Math.ceil((now + holdSeconds) / BUCKET_SECONDS) * BUCKET_SECONDS;

const toLines = (lines: Lines) =>
  SKUS.flatMap((sku) => (lines[sku] ? [{ sku, quantity: lines[sku] }] : []));

/** Runs a command, then compares the quantities that the API returns with the model. */
const command = (name: string, run: (model: Model, world: World) => Promise<void>): Command => ({
  check: () => true,
  toString: () => name,
  run: async (model, world) => {
    model.now = world.time.now / SECOND;
    await run(model, world);
    await world.settle();
    model.now = world.time.now / SECOND;
    for (const sku of SKUS) {
      const { body } = await world.request(`GET /stock/${sku}`, { by: STAFF });
      const committed = [...model.holds.values()]
        .filter(({ status }) => status === 'COMMITTED')
        .reduce((sum, { lines }) => sum + (lines[sku] ?? 0), 0);
      const { onHand, available, held } = body;
      expect({ sku, onHand, available, held, committed: body.committed }, name).toEqual({
        sku,
        onHand: model.onHand[sku],
        available: model.available(sku),
        held: model.claimedUnits(sku) - committed,
        committed,
      });
    }
  },
});

let keys = 0;
const newKey = (): string => {
  keys += 1;
  return `key-${keys}`;
};

const sku = fc.constantFrom(...SKUS);
const lines = fc
  .record({ tea: fc.integer({ min: 0, max: 4 }), cup: fc.integer({ min: 0, max: 3 }) })
  .filter(({ tea, cup }) => tea + cup > 0);
const id = fc.constantFrom('res-1', 'res-2', 'res-3', 'res-4');
const ttl = fc.integer({ min: 60, max: 900 });

const receive = fc.tuple(sku, fc.integer({ min: 1, max: 5 })).map(([of, quantity]) =>
  command(`receive ${quantity} ${of}`, async (model, world) => {
    const { status } = await world.request(`POST /stock/${of}/receipts`, {
      by: STAFF,
      key: newKey(),
      body: { quantity },
    });
    expect(status).toBe(201);
    model.onHand[of] += quantity;
  }),
);

const adjust = fc
  .tuple(
    sku,
    fc.integer({ min: -4, max: 3 }).filter((delta) => delta !== 0),
  )
  .map(([of, delta]) =>
    command(`adjust ${of} by ${delta}`, async (model, world) => {
      const { status } = await world.request(`POST /stock/${of}/adjustments`, {
        by: STAFF,
        key: newKey(),
        body: { delta, reason: 'other' },
      });
      const isAvailable = model.available(of) + delta >= 0;
      expect(status).toBe(isAvailable ? 201 : 409);
      if (isAvailable) model.onHand[of] += delta;
    }),
  );

const reserve = fc.tuple(id, lines, ttl).map(([of, wanted, holdSeconds]) =>
  command(`reserve ${of} ${JSON.stringify(wanted)} for ${holdSeconds} s`, async (model, world) => {
    if (model.holds.has(of)) return;
    const body = { lines: toLines(wanted), holdSeconds };
    const { status } = await world.request(`PUT /reservations/${of}`, { by: SERVICE, body });
    const isAvailable = model.canHold(wanted);
    expect(status).toBe(isAvailable ? 201 : 409);
    if (isAvailable)
      model.holds.set(of, {
        lines: wanted,
        until: expiryAfter(model.now, holdSeconds),
        status: 'HELD',
      });
  }),
);

const extend = fc.tuple(id, ttl).map(([of, holdSeconds]) =>
  command(`extend ${of} by ${holdSeconds} s`, async (model, world) => {
    const hold = model.holds.get(of);
    const response = await world.request(`POST /reservations/${of}/extension`, {
      by: SERVICE,
      key: newKey(),
      body: { holdSeconds },
    });
    if (hold?.status !== 'HELD') return expect(response.status).toBeGreaterThanOrEqual(404);
    const isExpired = hold.until <= model.now;
    const isAvailable = !isExpired || model.canHold(hold.lines);
    expect(response.status).toBe(isAvailable ? 200 : 409);
    if (response.status === 200)
      hold.until = Math.max(hold.until, expiryAfter(model.now, holdSeconds));
  }),
);

const release = id.map((of) =>
  command(`release ${of}`, async (model, world) => {
    const hold = model.holds.get(of);
    const { status } = await world.request(`DELETE /reservations/${of}`, { by: SERVICE });
    if (hold?.status === 'FULFILLED') return expect(status).toBe(409);
    expect(status).toBe(200);
    // Writes a tombstone for a missing reservation: the id can no longer be reserved.
    model.holds.set(of, { lines: hold?.lines ?? {}, until: 0, status: 'RELEASED' });
  }),
);

const createQueueEvent = (type: string, orderId: string): object => ({
  Records: [
    {
      messageId: 'message-1',
      attributes: { ApproximateReceiveCount: '1' },
      body: JSON.stringify({
        'detail-type': type,
        detail: {
          eventId: `event-${orderId}`,
          version: 1,
          occurredAt: new Date().toISOString(),
          correlationId: 'corr-1',
          data: {
            orderId,
            customerId: 'alice',
            lines: [{ sku: 'tea', quantity: 1 }],
            total: { amount: 1, currency: 'EUR' },
          },
        },
      }),
    },
  ],
});

const confirm = id.map((of) =>
  command(`OrderConfirmed ${of}`, async (model, world) => {
    const hold = model.holds.get(of);
    await world.invokeHandler(
      'inventory/commit-reservation',
      createQueueEvent('OrderConfirmed', of),
    );
    if (hold === undefined) {
      model.holds.set(of, { lines: {}, until: 0, status: 'EXPIRED' });
    } else if (hold.status === 'HELD') {
      const isExpired = hold.until <= model.now;
      const isAvailable = !isExpired || model.canHold(hold.lines);
      hold.status = isAvailable ? 'COMMITTED' : 'EXPIRED';
    }
  }),
);

const ship = id.map((of) =>
  command(`OrderFulfilled ${of}`, async (model, world) => {
    const hold = model.holds.get(of);
    await world.invokeHandler('inventory/ship-reservation', createQueueEvent('OrderFulfilled', of));
    if (hold?.status !== 'COMMITTED') return;
    hold.status = 'FULFILLED';
    for (const one of SKUS) model.onHand[one] -= hold.lines[one] ?? 0;
  }),
);

const changeShardCount = fc.tuple(sku, fc.integer({ min: 1, max: 4 })).map(([of, shardCount]) =>
  command(`set ${shardCount} shards of ${of}`, async (_model, world) => {
    const body = { name: of, shardCount };
    const response = await world.request(`PUT /stock/${of}`, { by: STAFF, body });
    expect(response).toMatchObject({ status: 200, body: { shardCount } });
  }),
);

const wait = fc.integer({ min: 1, max: 900 }).map((seconds) =>
  command(`wait ${seconds} s`, async (_model, world) => {
    await world.time.wait(seconds * SECOND);
  }),
);

const systemModel = await loadSystemModel(inject('assembly'));

test('any sequence of commands leads to the stock of a simple model', async () => {
  const commands = fc.commands(
    [
      receive,
      receive,
      adjust,
      reserve,
      reserve,
      reserve,
      extend,
      release,
      confirm,
      confirm,
      ship,
      changeShardCount,
      changeShardCount,
      wait,
    ],
    { maxCommands: COMMANDS_MAX },
  );
  await fc.assert(
    fc.asyncProperty(commands, async (list) => {
      await new World(systemModel).run(async (world) => {
        for (const of of SKUS)
          await world.request(`PUT /stock/${of}`, { by: STAFF, body: { name: of } });
        await fc.asyncModelRun(() => ({ model: new Model(), real: world }), list);
        await world.settle();
        expect([
          ...checkInvariants(readSystemState(world), world.time.now),
          ...world.serverErrors,
        ]).toEqual([]);
      });
    }),
    { numRuns: RUNS },
  );
});
