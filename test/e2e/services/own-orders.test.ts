import { describe, expect, inject, test } from 'vitest';
import {
  createStockedSku,
  expectStatus,
  getStock,
  newSku,
  waitUntil,
} from '../../support/e2e/e2e.ts';
import { signedCall } from '../../support/e2e/signed-call.ts';

type Reservation = {
  readonly reservationId: string;
  readonly status: string;
  readonly owner?: string;
  readonly lines: readonly object[];
};

const OWN = '/reservations?owner=me&status=COMMITTED';

describe.skipIf(inject('serviceKey') === undefined)('a service with its own orders', () => {
  const place = async (quantity: number) => {
    const sku = await createStockedSku('own', 5);
    const path = `/reservations/${newSku('own')}`;
    const body = { lines: [{ sku, quantity }], holdSeconds: 600 };
    expectStatus(201, await signedCall('PUT', path, body));
    return { sku, path, reservationId: path.replace('/reservations/', '') };
  };
  const commit = (path: string) => signedCall<Reservation>('POST', `${path}/commitment`);
  const step = (path: string, kind: 'shipments' | 'releases', body: object) =>
    signedCall<Reservation>('POST', `${path}/${kind}`, body);

  test('commits, ships a part and releases the rest, each once', async () => {
    const { sku, path } = await place(4);
    const line = { sku, locationId: 'main' };

    const committed = await commit(path);
    const again = await commit(path);
    const parcel = { stepId: 'parcel-1', lines: [{ ...line, quantity: 3 }] };
    const shipped = await step(path, 'shipments', parcel);
    const shippedAgain = await step(path, 'shipments', parcel);
    const tooMany = await step(path, 'releases', {
      stepId: 'rest',
      lines: [{ ...line, quantity: 2 }],
    });
    const reused = await step(path, 'shipments', { stepId: 'parcel-1' });
    const rest = await step(path, 'releases', { stepId: 'rest' });

    expect(committed).toMatchObject({ status: 200, body: { status: 'COMMITTED' } });
    expect(committed.body.owner).toMatch(/^service:\d{12}\/(user|role)\/./);
    expect(again.body).toEqual(committed.body);
    expect(shipped).toMatchObject({
      status: 200,
      body: { status: 'COMMITTED', lines: [{ ...line, quantity: 4, shipped: 3 }] },
    });
    expect(shippedAgain.body).toEqual(shipped.body);
    expect(tooMany).toMatchObject({
      status: 409,
      body: { code: 'NOTHING_OPEN', lines: [{ ...line, requested: 2, open: 1 }] },
    });
    expect(reused).toMatchObject({ status: 422, body: { code: 'STEP_ID_REUSED' } });
    expect(rest).toMatchObject({
      status: 200,
      body: { status: 'FULFILLED', lines: [{ ...line, quantity: 4, shipped: 3, released: 1 }] },
    });
    expect(await getStock(sku)).toMatchObject({ onHand: 2, available: 2, committed: 0 });
  });

  test('finds its committed reservations after a crash, until they are settled', async () => {
    const { path, reservationId } = await place(1);
    const listed = async () => {
      const found: string[] = [];
      for (let cursor = ''; ; ) {
        const { items, cursor: next } = expectStatus(
          200,
          await signedCall<{ items: readonly Reservation[]; cursor?: string }>(
            'GET',
            `${OWN}&limit=100${cursor}`,
          ),
        ).body;
        found.push(...items.map((one) => one.reservationId));
        if (next === undefined) return found.includes(reservationId);
        cursor = `&cursor=${encodeURIComponent(next)}`;
      }
    };
    const before = await listed();

    await commit(path);
    const committed = await waitUntil(listed, (isListed) => isListed);
    await step(path, 'shipments', { stepId: 'all' });
    const settled = await waitUntil(listed, (isListed) => !isListed);

    expect([before, committed, settled]).toEqual([false, true, false]);
  });

  test('gets 409 for a hold that is not there, and for a step before its commitment', async () => {
    const { path } = await place(1);

    const early = await step(path, 'shipments', { stepId: 'early' });
    const unknown = await commit(`/reservations/${newSku('never')}`);
    expectStatus(200, await signedCall('DELETE', path));
    const released = await commit(path);

    expect(early).toMatchObject({
      status: 409,
      body: { code: 'RESERVATION_NOT_COMMITTED', reservationStatus: 'HELD' },
    });
    expect(unknown).toMatchObject({ status: 409, body: { code: 'RESERVATION_EXPIRED' } });
    expect(released).toMatchObject({ status: 409, body: { code: 'RESERVATION_RELEASED' } });
  });

  test.each([
    'owner=other&status=COMMITTED',
    'owner=me&status=HELD',
    'owner=me',
    'status=COMMITTED',
  ])('cannot list %s', async (query) => {
    expect((await signedCall('GET', `/reservations?${query}`)).status).toBe(400);
  });
});
