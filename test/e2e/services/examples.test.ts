import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, inject, test } from 'vitest';
import { ROOT } from '../../../local/cloud-assembly/synthesize.ts';
import { createStockedSku, expectStatus, getStock } from '../../support/e2e/e2e.ts';
import { signedCall } from '../../support/e2e/signed-call.ts';
import { REGION } from '../../support/infra/deployed-stage.ts';

const SCRIPT = path.join(ROOT, 'examples', 'own-orders', 'own-orders.mjs');
const folder = mkdtempSync(path.join(tmpdir(), 'own-orders-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** Creates a shop with its own file of orders. */
function createShop(name: string) {
  const file = path.join(folder, `${name}.json`);
  const { accessKeyId, secretAccessKey } = inject('serviceKey') ?? {};
  const run = (...args: readonly string[]) =>
    new Promise<{ code: number; output: string }>((resolve) => {
      const env = {
        ...process.env,
        STOCKBOOK_URL: inject('apiUrl'),
        ORDERS_FILE: file,
        AWS_REGION: REGION,
        AWS_ACCESS_KEY_ID: accessKeyId,
        AWS_SECRET_ACCESS_KEY: secretAccessKey,
      };
      execFile(process.execPath, [SCRIPT, ...args], { env }, (error, stdout, stderr) =>
        resolve({ code: Number(error?.code ?? 0), output: stdout + stderr }),
      );
    });
  const readOrders = () =>
    Object.entries(
      JSON.parse(readFileSync(file, 'utf8')) as Record<string, { status: string; reason?: string }>,
    ).map(([orderId, { status, reason }]) => ({ orderId, status, reason }));
  return { run, readOrders };
}

/** Places an order for 2 of 5 units and pays for it, with a crash after the payment. */
async function crashAfterPayment(name: string) {
  const shop = createShop(name);
  const sku = await createStockedSku('example', 5);
  expect(await shop.run('place', sku, '2')).toMatchObject({ code: 0 });
  const orderId = shop.readOrders()[0]?.orderId ?? '';
  expect(await shop.run('pay', orderId, '--crash-after', 'payment')).toMatchObject({ code: 1 });
  expect(shop.readOrders()).toMatchObject([{ status: 'PAID' }]);
  expect(await getStock(sku)).toMatchObject({ available: 3, held: 2, committed: 0 });
  return { ...shop, sku, orderId };
}

describe.skipIf(inject('serviceKey') === undefined)('examples/own-orders', () => {
  test('recovers from a crash between its payment and its commitment, and ships', async () => {
    const { run, readOrders, sku, orderId } = await crashAfterPayment('recovers');

    const recovered = await run('recover');
    const again = await run('recover');
    const stock = await getStock(sku);
    const shipped = await run('ship', orderId);

    expect(recovered).toMatchObject({ code: 0 });
    expect(recovered.output).toContain(`${orderId} CONFIRMED`);
    expect(again.output).not.toContain(orderId);
    expect(stock).toMatchObject({ onHand: 5, available: 3, held: 0, committed: 2 });
    expect(shipped).toMatchObject({ code: 0 });
    expect(readOrders()).toMatchObject([{ status: 'SHIPPED' }]);
    expect(await getStock(sku)).toMatchObject({ onHand: 3, available: 3, committed: 0 });
  });

  test('refunds an order whose units are gone when it recovers', async () => {
    const { run, readOrders, orderId } = await crashAfterPayment('refunds');
    expectStatus(200, await signedCall('DELETE', `/reservations/${orderId}`));

    expect(await run('recover')).toMatchObject({ code: 0 });

    expect(readOrders()).toMatchObject([{ status: 'REFUNDED', reason: 'RESERVATION_RELEASED' }]);
  });

  test('rejects an order without enough stock, before a payment', async () => {
    const { run, readOrders } = createShop('rejects');
    const sku = await createStockedSku('example', 1);

    expect(await run('place', sku, '2')).toMatchObject({ code: 0 });

    expect(readOrders()).toMatchObject([{ status: 'REJECTED', reason: 'INSUFFICIENT_STOCK' }]);
    expect(await run('pay', readOrders()[0]?.orderId ?? '')).toMatchObject({ code: 1 });
  });
});
