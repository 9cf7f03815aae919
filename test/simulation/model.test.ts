import fc from 'fast-check';
import { expect, inject, test } from 'vitest';
import { checkInvariants, readSystemState } from '../simulator/checks/invariants.ts';
import { loadSystemModel } from '../simulator/system-model.ts';
import { World } from '../simulator/world.ts';

/** Number of runs. A failure prints the seed and the shortest list of commands that fails. */
const RUNS = Number(process.env.MODEL_RUNS ?? 60);
const COMMANDS_MAX = 25;
const SKUS = ['tea', 'cup'] as const;
const LOCATIONS = ['main', 'east'] as const;
const STAFF = { user: 'staff' };
const SERVICE = { service: 'arn:aws:sts::000000000000:assumed-role/test/service' };
const BUCKET_SECONDS = 60;
const SECOND = 1_000;

type Sku = (typeof SKUS)[number];
type Place = `${Sku}#${(typeof LOCATIONS)[number]}`;
const PLACES = SKUS.flatMap((sku) => LOCATIONS.map((at) => ({ sku, at, place: placeOf(sku, at) })));
/** Units by SKU and location. */
type Lines = Partial<Record<Place, number>>;
type Hold = {
  lines: Lines;
  until: number;
  status: 'HELD' | 'COMMITTED' | 'FULFILLED' | 'RELEASED' | 'EXPIRED';
};

function placeOf(sku: Sku, at: (typeof LOCATIONS)[number]): Place {
  return `${sku}#${at}`;
}

/** Simple model of the stock: units on hand, and holds with their expiry. */
class Model {
  readonly onHand: Record<Place, number> = {
    'tea#main': 0,
    'tea#east': 0,
    'cup#main': 0,
    'cup#east': 0,
  };
  readonly holds = new Map<string, Hold>();
  /** Epoch seconds. */
  now = 0;

  claimedUnits(place: Place): number {
    return [...this.holds.values()]
      .filter(
        ({ status, until }) => status === 'COMMITTED' || (status === 'HELD' && until > this.now),
      )
      .reduce((sum, { lines }) => sum + (lines[place] ?? 0), 0);
  }

  available(place: Place): number {
    return this.onHand[place] - this.claimedUnits(place);
  }

  canHold(lines: Lines): boolean {
    return PLACES.every(({ place }) => this.available(place) >= (lines[place] ?? 0));
  }
}

type Command = fc.AsyncCommand<Model, World>;

const expiryAfter = (now: number, holdSeconds: number): number =>
  Math.ceil((now + holdSeconds) / BUCKET_SECONDS) * BUCKET_SECONDS;

const toLines = (lines: Lines) =>
  PLACES.flatMap(({ sku, at, place }) =>
    lines[place] ? [{ sku, from: at, quantity: lines[place] }] : [],
  );

type StockBody = {
  readonly onHand: number;
  readonly locations: readonly { readonly locationId: string }[];
};
/** Units at a location that has never had stock. */
const NOTHING = { onHand: 0, available: 0, held: 0, committed: 0 };

function quantitiesIn(model: Model, place: Place) {
  const committed = [...model.holds.values()]
    .filter(({ status }) => status === 'COMMITTED')
    .reduce((sum, { lines }) => sum + (lines[place] ?? 0), 0);
  return {
    onHand: model.onHand[place],
    available: model.available(place),
    held: model.claimedUnits(place) - committed,
    committed,
  };
}

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
      const { body } = await world.request<StockBody>(`GET /stock/${sku}`, { by: STAFF });
      const expected = LOCATIONS.map((at) => quantitiesIn(model, placeOf(sku, at)));
      const found = LOCATIONS.map((at) => body.locations.find((one) => one.locationId === at));
      for (const [index, one] of expected.entries())
        expect(
          { ...NOTHING, ...found[index] },
          `${name}: ${sku} ${LOCATIONS[index]}`,
        ).toMatchObject(one);
      expect(body.onHand).toBe(expected.reduce((sum, { onHand }) => sum + onHand, 0));
    }
  },
});

let keys = 0;
const newKey = (): string => {
  keys += 1;
  return `key-${keys}`;
};

const sku = fc.constantFrom(...SKUS);
const location = fc.constantFrom(...LOCATIONS);
const lines = fc
  .record({
    tea: fc.integer({ min: 0, max: 4 }),
    cup: fc.integer({ min: 0, max: 3 }),
    teaAt: location,
    cupAt: location,
  })
  .filter(({ tea, cup }) => tea + cup > 0)
  .map(
    ({ tea, cup, teaAt, cupAt }): Lines => ({
      [placeOf('tea', teaAt)]: tea,
      [placeOf('cup', cupAt)]: cup,
    }),
  );
const id = fc.constantFrom('ord_1', 'ord_2', 'ord_3', 'ord_4');
const ttl = fc.integer({ min: 60, max: 900 });

const receive = fc.tuple(sku, location, fc.integer({ min: 1, max: 5 })).map(([of, at, quantity]) =>
  command(`receive ${quantity} ${of} at ${at}`, async (model, world) => {
    const { status } = await world.request(`POST /stock/${of}/receipts`, {
      by: STAFF,
      key: newKey(),
      body: { quantity, locationId: at },
    });
    expect(status).toBe(201);
    model.onHand[placeOf(of, at)] += quantity;
  }),
);

const adjust = fc
  .tuple(
    sku,
    location,
    fc.integer({ min: -4, max: 3 }).filter((delta) => delta !== 0),
  )
  .map(([of, at, delta]) =>
    command(`adjust ${of} at ${at} by ${delta}`, async (model, world) => {
      const { status } = await world.request(`POST /stock/${of}/adjustments`, {
        by: STAFF,
        key: newKey(),
        body: { delta, reason: 'other', locationId: at },
      });
      const place = placeOf(of, at);
      const isAvailable = model.available(place) + delta >= 0;
      expect(status).toBe(isAvailable ? 201 : 409);
      if (isAvailable) model.onHand[place] += delta;
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
    for (const { place } of PLACES) model.onHand[place] -= hold.lines[place] ?? 0;
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

test('any sequence of commands at two locations leads to the stock of a simple model', async () => {
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
        const east = { name: 'East', kind: 'warehouse' };
        await world.request('PUT /locations/east', { by: STAFF, body: east });
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
