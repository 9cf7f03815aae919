import { setTimeout as delay } from 'node:timers/promises';
import type { Alert } from '../alerts/alert.ts';
import { formatTime, heading, indent } from '../terminal/style.ts';
import { assertShown, assertStock } from './assert-shown.ts';
import { compareBooks } from './compare-books.ts';
import { DemoClient, type Order, type PlacedOrder, rejectionOf } from './demo-client.ts';
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
  /** End of each SKU, for a Stockbook that has the SKUs of the demo. Default none. */
  readonly skuSuffix?: string;
};

type Goods = { readonly tea: string; readonly cup: string; readonly pot: string };
type DemoClients = {
  readonly goods: Goods;
  readonly staff: DemoClient;
  readonly alice: DemoClient;
  readonly bob: DemoClient;
  readonly print: DemoOptions['print'];
};

/**
 * Runs a scripted day of a small shop over HTTP and prints each step. Throws when a response
 * differs from the script, or when a scene does not show what it states.
 */
export async function runDemo(options: DemoOptions): Promise<void> {
  const { api, tokenFor, print, signal, skuSuffix = '' } = options;
  const client = async (kind: 'customer' | 'staff', name?: string) =>
    new DemoClient(api, await tokenFor(kind, name));
  const clients: DemoClients = {
    goods: { tea: `tea${skuSuffix}`, cup: `cup${skuSuffix}`, pot: `teapot${skuSuffix}` },
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

async function receiveGoods({ staff, print, goods }: DemoClients): Promise<void> {
  print(heading('1. Stock is received. Inventory keeps the quantities; orders keeps the prices.'));
  const deliveries = [
    { sku: goods.tea, name: 'Green tea, 100 g', quantity: 10, amount: 850 },
    { sku: goods.cup, name: 'Cup', quantity: 4, amount: 1200 },
    { sku: goods.pot, name: 'Teapot', quantity: 1, amount: 4900 },
  ];
  for (const { sku, name, quantity, amount } of deliveries) {
    await staff.putProduct({ sku, name, unitPrice: { amount, currency: 'EUR' } });
    await staff.receive(sku, { quantity, reference: 'delivery-1' });
  }
  const stocks = await Promise.all(deliveries.map(({ sku }) => staff.getStock(sku)));
  print(formatStocks(stocks));
  for (const [index, { quantity }] of deliveries.entries())
    assertStock(stocks[index], { onHand: quantity, available: quantity });
}

async function completeOrder({ staff, alice, print, goods }: DemoClients): Promise<void> {
  print(heading('2. Alice orders 2 tea and 1 cup. The units are held for her before she pays.'));
  const skus = [goods.tea, goods.cup];
  const lines = [
    { sku: goods.tea, quantity: 2 },
    { sku: goods.cup, quantity: 1 },
  ];
  const readStocks = () => Promise.all(skus.map((sku) => staff.getStock(sku)));
  const { orderId, total, expiresAt } = await alice.placeOrder(lines);
  print(`   ${orderId}: ${formatEuros(total.amount)}, held until ${formatTime(expiresAt)}`);
  const held = await readStocks();
  print(formatStocks(held));
  assertStock(held[0], { onHand: 10, available: 8, held: 2 });
  assertStock(held[1], { onHand: 4, available: 3, held: 1 });

  print(
    '   She pays. The saga authorizes the payment, inventory commits the stock, and then the payment is captured.',
  );
  await alice.pay(orderId);
  const completed = await alice.waitForOrder(orderId, 'COMPLETED');
  print(`   ${timelineOf(completed)}; payment ${completed.payment?.status}`);
  assertShown(completed.payment?.status === 'CAPTURED', 'a captured payment');
  const committed = await readStocks();
  print(formatStocks(committed));
  assertStock(committed[0], { onHand: 10, available: 8, committed: 2 });
  assertStock(committed[1], { onHand: 4, available: 3, committed: 1 });

  print('   The order is shipped. Only now are there fewer units on hand.');
  await staff.fulfil(orderId);
  const shipped = await Promise.all(
    skus.map((sku) => staff.waitForStock(sku, (stock) => stock.committed === 0)),
  );
  print(formatStocks(shipped));
  assertStock(shipped[0], { onHand: 8, available: 8 });
  assertStock(shipped[1], { onHand: 3, available: 3 });
}

async function sellLastUnit({ alice, bob, print, goods }: DemoClients): Promise<void> {
  print(heading('3. Two customers order the last teapot at the same time.'));
  const lines = [{ sku: goods.pot, quantity: 1 }];
  const outcomes = await Promise.allSettled([alice.placeOrder(lines), bob.placeOrder(lines)]);
  const winners = outcomes.filter(({ status }) => status === 'fulfilled');
  assertShown(winners.length === 1, `one buyer with the last teapot, not ${winners.length}`);
  const [loser, loserName, winnerName] =
    outcomes[0].status === 'fulfilled' ? [bob, 'Bob', 'Alice'] : [alice, 'Alice', 'Bob'];
  const { status, code } = await rejectionOf(loser.api.POST('/orders', { body: { lines } }));
  print(`   ${winnerName} holds it. ${loserName} gets ${status} ${code} at once.`);
  assertShown(status === 409 && code === 'INSUFFICIENT_STOCK', 'a rejection for missing stock');
}

async function declineCard({ alice, print, goods }: DemoClients): Promise<void> {
  print(heading('4. A card is declined. The hold remains, and Alice pays with another card.'));
  const { orderId } = await alice.placeOrder([{ sku: goods.tea, quantity: 1 }]);
  await alice.pay(orderId, 'pm_declined');
  const declined = await alice.waitForOrder(orderId, 'PENDING_PAYMENT');
  print(`   first: ${declined.payment?.lastError}; the order is ${declined.status}`);
  assertShown(declined.payment?.lastError !== undefined, 'the reason of the declined payment');
  await alice.pay(orderId);
  const { payment, ...completed } = await alice.waitForOrder(orderId, 'COMPLETED');
  const timeline = timelineOf(completed);
  print(`   then:  ${timeline}; payment ${payment?.status} at attempt ${payment?.attempt}`);
  assertShown(payment?.status === 'CAPTURED' && payment.attempt === 2, 'a second attempt');
}

async function failCapture({ staff, bob, print, goods }: DemoClients): Promise<void> {
  print(
    heading(
      "5. Bob's payment is authorized and the stock is committed, but the capture fails. The saga compensates.",
    ),
  );
  const before = await staff.getStock(goods.cup);
  const { orderId } = await bob.placeOrder([{ sku: goods.cup, quantity: 1 }]);
  await bob.pay(orderId, 'pm_capture_fails');
  const cancelled = await bob.waitForOrder(orderId, 'CANCELLED');
  const after = await staff.waitForStock(
    goods.cup,
    ({ available }) => available === before.available,
  );
  print(`   ${timelineOf(cancelled)}; payment ${cancelled.payment?.status}`);
  print(
    `   ${goods.cup}: ${before.available} available before, ${after.available} after; ${after.committed} committed`,
  );
  assertShown(cancelled.payment?.status === 'VOIDED', 'a payment that was voided');
  assertStock(after, { onHand: 3, available: 3 });
}

async function leaveOrderUnpaid({ staff, bob, print, goods }: DemoClients): Promise<PlacedOrder> {
  print(heading('6. Bob orders 3 tea and does not pay. No timer runs for his hold.'));
  const order = await bob.placeOrder([{ sku: goods.tea, quantity: 3 }]);
  const stock = await staff.getStock(goods.tea);
  print(formatStocks([stock]));
  assertStock(stock, { onHand: 8, available: 4, held: 3, committed: 1 });
  print(
    `   At ${formatTime(order.expiresAt)} the hold expires and the 3 units are available again.`,
  );
  return order;
}

async function countShelf(
  { staff, print, goods }: DemoClients,
  alerts: DemoOptions['alerts'],
): Promise<void> {
  print(
    heading(
      '7. The shelf is counted: no cups, but the books have 3. The difference waits for approval.',
    ),
  );
  const count = await staff.count(goods.cup, 0);
  print(
    `   ${goods.cup}: ${count.expected} expected, ${count.counted} counted; the count is ${count.status}`,
  );
  const { findingId } = count;
  assertShown(count.expected === 3 && findingId !== undefined, 'a finding about 3 cups');
  print('   On AWS, the subscribers of the alarm topic get this by e-mail:');
  await waitUntil(
    () => alerts().some(({ text }) => text.includes(findingId)),
    (isRaised) => isRaised,
    () => `No alert of ${findingId} was raised.`,
  );
}

async function printBooks({ staff, print, goods }: DemoClients): Promise<void> {
  print(heading('Balances of each account | sums of its movements'));
  const books = await Promise.all(
    Object.values(goods).map(async (sku) => ({
      movements: await staff.listMovements(sku),
      stock: await staff.getStock(sku),
    })),
  );
  const { text, isBalanced } = compareBooks(books);
  print(indent(text));
  assertShown(isBalanced, 'books that balance');
}

async function reportExpiry(
  { staff, print, goods }: DemoClients,
  { orderId, expiresAt }: PlacedOrder,
  signal: AbortSignal,
): Promise<void> {
  await delay(Math.max(0, Date.parse(expiresAt) - Date.now()), undefined, { signal });
  const stock = await staff.getStock(goods.tea);
  const isHeld = stock.holds.some((hold) => hold.expiresAt === expiresAt);
  if (isHeld) throw new Error(`${orderId} still holds units after ${expiresAt}.`);
  print(`\n${formatTime(expiresAt)}  The unpaid hold of ${orderId} expired, and no code ran:`);
  print(formatStocks([stock]));
}

const timelineOf = ({ timeline }: Pick<Order, 'timeline'>): string =>
  timeline.map(({ status }) => status).join(' → ');
const formatEuros = (minor: number): string => `${(minor / 100).toFixed(2)} EUR`;
