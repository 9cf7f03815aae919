import { setTimeout as delay } from 'node:timers/promises';
import type { Alert } from '../alerts/alert.ts';
import { formatTime, heading, indent } from '../terminal/style.ts';
import { compareBooks } from './compare-books.ts';
import { type Count, DemoClient, type Order } from './demo-client.ts';
import { formatStocks } from './stock-table.ts';
import { waitUntil } from './wait-until.ts';

export type DemoOptions = {
  readonly api: string;
  readonly tokenFor: (kind: 'customer' | 'staff', name?: string) => Promise<string>;
  readonly print: (text: string) => void;
  /** Returns the alerts since the start. The runtime prints them. */
  readonly alerts: () => readonly Alert[];
  /** Aborts when the runtime stops: the demo ends and does not wait for the unpaid hold. */
  readonly signal: AbortSignal;
};

const TEA = 'tea';
const CUP = 'cup';
const POT = 'teapot';
const SKUS = [TEA, CUP, POT];

type DemoClients = {
  readonly staff: DemoClient;
  readonly alice: DemoClient;
  readonly bob: DemoClient;
  readonly print: DemoOptions['print'];
};

/**
 * Runs a scripted day of a small shop over HTTP and prints each step. Throws when a response
 * differs from the script.
 */
export async function runDemo(options: DemoOptions): Promise<void> {
  const { api, tokenFor, print, signal } = options;
  const client = async (kind: 'customer' | 'staff', name?: string) =>
    new DemoClient(api, await tokenFor(kind, name));
  const clients: DemoClients = {
    staff: await client('staff'),
    alice: await client('customer', 'alice'),
    bob: await client('customer', 'bob'),
    print,
  };
  await receiveGoods(clients);
  await completeOrder(clients);
  await sellLastUnit(clients);
  await declineCard(clients);
  await failCapture(clients);
  const unpaid = await leaveOrderUnpaid(clients);
  await countShelf(clients, options.alerts);
  await printBooks(clients);
  reportExpiry(clients, unpaid, signal).catch((error: unknown) => {
    if (!signal.aborted) print(`The unpaid hold could not be read: ${String(error)}`);
  });
}

async function receiveGoods({ staff, print }: DemoClients): Promise<void> {
  print(heading('1. Stock is received. Inventory keeps the quantities; orders keeps the prices.'));
  const goods = [
    { sku: TEA, name: 'Green tea, 100 g', quantity: 10, amount: 850 },
    { sku: CUP, name: 'Cup', quantity: 4, amount: 1200 },
    { sku: POT, name: 'Teapot', quantity: 1, amount: 4900 },
  ];
  for (const { sku, name, quantity, amount } of goods) {
    await staff.send('PUT', `/products/${sku}`, { name, unitPrice: { amount, currency: 'EUR' } });
    await staff.send('PUT', `/stock/${sku}`, { name });
    await staff.send('POST', `/stock/${sku}/receipts`, { quantity, reference: 'delivery-1' });
  }
  print(formatStocks(await Promise.all(SKUS.map((sku) => staff.getStock(sku)))));
}

async function completeOrder({ staff, alice, print }: DemoClients): Promise<void> {
  print(heading('2. Alice orders 2 tea and 1 cup. The units are held for her before she pays.'));
  const lines = [
    { sku: TEA, quantity: 2 },
    { sku: CUP, quantity: 1 },
  ];
  const { orderId, total, expiresAt } = await alice.send<Order>('POST', '/orders', { lines });
  print(`   ${orderId}: ${formatEuros(total.amount)}, held until ${formatTime(expiresAt)}`);
  print(formatStocks([await staff.getStock(TEA), await staff.getStock(CUP)]));

  print(
    '   She pays. The saga authorizes the payment, inventory commits the stock, and then the payment is captured.',
  );
  await alice.send('POST', `/orders/${orderId}/payment`, { paymentMethod: 'pm_ok' });
  const completed = await alice.waitForOrder(orderId, 'COMPLETED');
  print(`   ${timelineOf(completed)}; payment ${completed.payment?.status}`);
  print(formatStocks([await staff.getStock(TEA), await staff.getStock(CUP)]));

  print('   The order is shipped. Only now are there fewer units on hand.');
  await staff.send('POST', `/orders/${orderId}/fulfilment`);
  const shipped = [TEA, CUP].map((sku) =>
    staff.waitForStock(sku, ({ committed }) => committed === 0),
  );
  print(formatStocks(await Promise.all(shipped)));
}

async function sellLastUnit({ alice, bob, print }: DemoClients): Promise<void> {
  print(heading('3. Two customers order the last teapot at the same time.'));
  const order = { lines: [{ sku: POT, quantity: 1 }] };
  const outcomes = await Promise.allSettled([
    alice.send<Order>('POST', '/orders', order),
    bob.send<Order>('POST', '/orders', order),
  ]);
  const winners = outcomes.filter(({ status }) => status === 'fulfilled');
  if (winners.length !== 1) throw new Error(`${winners.length} buyers hold the last teapot`);
  const [loser, loserName, winnerName] =
    outcomes[0].status === 'fulfilled' ? [bob, 'Bob', 'Alice'] : [alice, 'Alice', 'Bob'];
  const rejection = await loser.expectRejection('POST', '/orders', order);
  print(
    `   ${winnerName} holds it. ${loserName} gets ${rejection.status} ${rejection.code} at once.`,
  );
}

async function declineCard({ alice, print }: DemoClients): Promise<void> {
  print(heading('4. A card is declined. The hold remains, and Alice pays with another card.'));
  const { orderId } = await alice.send<Order>('POST', '/orders', {
    lines: [{ sku: TEA, quantity: 1 }],
  });
  await alice.send('POST', `/orders/${orderId}/payment`, { paymentMethod: 'pm_declined' });
  const declined = await alice.waitForOrder(orderId, 'PENDING_PAYMENT');
  print(`   first: ${declined.payment?.lastError}; the order is ${declined.status}`);
  await alice.send('POST', `/orders/${orderId}/payment`, { paymentMethod: 'pm_ok' });
  const completed = await alice.waitForOrder(orderId, 'COMPLETED');
  print(
    `   then:  ${timelineOf(completed)}; payment ${completed.payment?.status} at attempt ${completed.payment?.attempt}`,
  );
}

async function failCapture({ staff, bob, print }: DemoClients): Promise<void> {
  print(
    heading(
      "5. Bob's payment is authorized and the stock is committed, but the capture fails. The saga compensates.",
    ),
  );
  const before = await staff.getStock(CUP);
  const { orderId } = await bob.send<Order>('POST', '/orders', {
    lines: [{ sku: CUP, quantity: 1 }],
  });
  await bob.send('POST', `/orders/${orderId}/payment`, { paymentMethod: 'pm_capture_fails' });
  const cancelled = await bob.waitForOrder(orderId, 'CANCELLED');
  const after = await staff.waitForStock(CUP, ({ available }) => available === before.available);
  print(`   ${timelineOf(cancelled)}; payment ${cancelled.payment?.status}`);
  print(
    `   ${CUP}: ${before.available} available before, ${after.available} after; ${after.committed} committed`,
  );
}

async function leaveOrderUnpaid({ staff, bob, print }: DemoClients): Promise<Order> {
  print(heading('6. Bob orders 3 tea and does not pay. No timer runs for his hold.'));
  const order = await bob.send<Order>('POST', '/orders', { lines: [{ sku: TEA, quantity: 3 }] });
  print(formatStocks([await staff.getStock(TEA)]));
  print(
    `   At ${formatTime(order.expiresAt)} the hold expires and the 3 units are available again.`,
  );
  return order;
}

async function countShelf(
  { staff, print }: DemoClients,
  alerts: DemoOptions['alerts'],
): Promise<void> {
  print(
    heading(
      '7. The shelf is counted: no cups, but the books have 3. The difference waits for approval.',
    ),
  );
  const count = await staff.send<Count>('POST', `/stock/${CUP}/counts`, {
    counted: 0,
    countedAt: new Date().toISOString(),
  });
  print(
    `   ${CUP}: ${count.expected} expected, ${count.counted} counted; the count is ${count.status}`,
  );
  const { findingId } = count;
  if (findingId === undefined) throw new Error('The count did not open a finding.');
  print('   On AWS, the subscribers of the alarm topic get this by e-mail:');
  await waitUntil(
    () => alerts().some(({ text }) => text.includes(findingId)),
    (isRaised) => isRaised,
    () => `No alert of ${findingId} was raised.`,
  );
}

async function printBooks({ staff, print }: DemoClients): Promise<void> {
  print(heading('Balances of each account | sums of its movements'));
  const books = await Promise.all(
    SKUS.map(async (sku) => ({
      movements: await staff.listMovements(sku),
      stock: await staff.getStock(sku),
    })),
  );
  const { text, isBalanced } = compareBooks(books);
  print(indent(text));
  if (!isBalanced) throw new Error('The books do not balance.');
}

async function reportExpiry(
  { staff, print }: DemoClients,
  { orderId, expiresAt }: Order,
  signal: AbortSignal,
): Promise<void> {
  await delay(Math.max(0, Date.parse(expiresAt) - Date.now()), undefined, { signal });
  const stock = await staff.getStock(TEA);
  const isHeld = stock.holds.some((hold) => hold.expiresAt === expiresAt);
  if (isHeld) throw new Error(`${orderId} still holds units after ${expiresAt}.`);
  print(`\n${formatTime(expiresAt)}  The unpaid hold of ${orderId} expired, and no code ran:`);
  print(formatStocks([stock]));
}

const timelineOf = (order: Order): string => order.timeline.map(({ status }) => status).join(' → ');
const formatEuros = (minor: number): string => `${(minor / 100).toFixed(2)} EUR`;
