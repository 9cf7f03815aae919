import { setTimeout as delay } from 'node:timers/promises';
import { booksTable, table } from './story-books.ts';
import { type Order, type Stock, StoryClient } from './story-client.ts';

export type Story = {
  readonly api: string;
  readonly tokenFor: (kind: 'customer' | 'staff', name?: string) => Promise<string>;
  readonly print: (text: string) => void;
  /** Aborted when the runtime stops: the story ends, and nobody waits for the unpaid hold any more. */
  readonly signal: AbortSignal;
};

const TEA = 'tea';
const CUP = 'cup';
const POT = 'teapot';
const SKUS = [TEA, CUP, POT];

type Cast = {
  readonly staff: StoryClient;
  readonly alice: StoryClient;
  readonly bob: StoryClient;
  readonly print: Story['print'];
};

/** Plays one day of a small shop over HTTP and tells it. Throws when anything goes otherwise than the story says. */
export async function tellStory({ api, tokenFor, print, signal }: Story): Promise<void> {
  const client = async (kind: 'customer' | 'staff', name?: string) =>
    new StoryClient(api, await tokenFor(kind, name));
  const cast: Cast = {
    staff: await client('staff'),
    alice: await client('customer', 'alice'),
    bob: await client('customer', 'bob'),
    print,
  };
  await goodsComeIn(cast);
  await anOrderFromEndToEnd(cast);
  await theLastUnit(cast);
  await aDeclinedCard(cast);
  await aCaptureThatFails(cast);
  const unpaid = await anOrderLeftUnpaid(cast);
  await theBooks(cast);
  tellOfTheLapse(cast, unpaid, signal).catch((fault: unknown) => {
    if (!signal.aborted) print(`The unpaid hold could not be looked at: ${String(fault)}`);
  });
}

async function goodsComeIn({ staff, print }: Cast): Promise<void> {
  print('\n1. Goods come in. Only inventory counts them; orders only knows what they cost.');
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
  print(balances(await Promise.all(SKUS.map((sku) => staff.stock(sku)))));
}

async function anOrderFromEndToEnd({ staff, alice, print }: Cast): Promise<void> {
  print(
    '\n2. Alice orders 2 tea and 1 cup. The units are held for her before she is asked to pay.',
  );
  const lines = [
    { sku: TEA, quantity: 2 },
    { sku: CUP, quantity: 1 },
  ];
  const { orderId, total, expiresAt } = await alice.send<Order>('POST', '/orders', { lines });
  print(`   ${orderId}: ${euros(total.amount)}, held until ${clock(expiresAt)}`);
  print(balances([await staff.stock(TEA), await staff.stock(CUP)]));

  print(
    '   She pays. The saga authorises, confirms by an event, inventory commits, and only then the money is taken.',
  );
  await alice.send('POST', `/orders/${orderId}/payment`, { paymentMethod: 'pm_ok' });
  const completed = await alice.untilOrder(orderId, 'COMPLETED');
  print(`   ${timeline(completed)}; payment ${completed.payment?.status}`);
  print(balances([await staff.stock(TEA), await staff.stock(CUP)]));

  print('   The parcel leaves: only now are there fewer units on the shelf.');
  await staff.send('POST', `/orders/${orderId}/fulfilment`);
  const shipped = [TEA, CUP].map((sku) =>
    staff.untilStock(sku, ({ committed }) => committed === 0),
  );
  print(balances(await Promise.all(shipped)));
}

async function theLastUnit({ alice, bob, print }: Cast): Promise<void> {
  print('\n3. One teapot, two buyers at the same moment.');
  const order = { lines: [{ sku: POT, quantity: 1 }] };
  const outcomes = await Promise.allSettled([
    alice.send<Order>('POST', '/orders', order),
    bob.send<Order>('POST', '/orders', order),
  ]);
  const winners = outcomes.filter(({ status }) => status === 'fulfilled');
  if (winners.length !== 1) throw new Error(`${winners.length} buyers hold the last teapot`);
  const [loser, loserName, winnerName] =
    outcomes[0].status === 'fulfilled' ? [bob, 'Bob', 'Alice'] : [alice, 'Alice', 'Bob'];
  const refusal = await loser.refused('POST', '/orders', order);
  print(
    `   ${winnerName} holds it. ${loserName} is told at once: ${refusal.status} ${refusal.code}`,
  );
}

async function aDeclinedCard({ alice, print }: Cast): Promise<void> {
  print('\n4. A card is declined; the hold goes on, and Alice tries another card.');
  const { orderId } = await alice.send<Order>('POST', '/orders', {
    lines: [{ sku: TEA, quantity: 1 }],
  });
  await alice.send('POST', `/orders/${orderId}/payment`, { paymentMethod: 'pm_declined' });
  const declined = await alice.untilOrder(orderId, 'PENDING_PAYMENT');
  print(`   first: ${declined.payment?.lastError}; the order is ${declined.status}`);
  await alice.send('POST', `/orders/${orderId}/payment`, { paymentMethod: 'pm_ok' });
  const completed = await alice.untilOrder(orderId, 'COMPLETED');
  print(
    `   then:  ${timeline(completed)}; payment ${completed.payment?.status} at attempt ${completed.payment?.attempt}`,
  );
}

async function aCaptureThatFails({ staff, bob, print }: Cast): Promise<void> {
  print(
    "\n5. Bob's card is authorised, the stock is committed, and then the capture fails. The saga undoes it.",
  );
  const before = await staff.stock(CUP);
  const { orderId } = await bob.send<Order>('POST', '/orders', {
    lines: [{ sku: CUP, quantity: 1 }],
  });
  await bob.send('POST', `/orders/${orderId}/payment`, { paymentMethod: 'pm_capture_fails' });
  const cancelled = await bob.untilOrder(orderId, 'CANCELLED');
  const after = await staff.untilStock(CUP, ({ available }) => available === before.available);
  print(`   ${timeline(cancelled)}; payment ${cancelled.payment?.status}`);
  print(
    `   ${CUP}: ${before.available} available before, ${after.available} after; ${after.committed} committed`,
  );
}

async function anOrderLeftUnpaid({ staff, bob, print }: Cast): Promise<Order> {
  print('\n6. Bob orders 3 tea and walks away. Nothing runs and nothing waits for him.');
  const order = await bob.send<Order>('POST', '/orders', { lines: [{ sku: TEA, quantity: 3 }] });
  print(balances([await staff.stock(TEA)]));
  print(`   At ${clock(order.expiresAt)} the 3 units are available again by themselves.`);
  return order;
}

async function theBooks({ staff, print }: Cast): Promise<void> {
  print('\nThe books: each account, balance | sum of its movements');
  const books = await Promise.all(
    SKUS.map(async (sku) => ({
      movements: await staff.movements(sku),
      stock: await staff.stock(sku),
    })),
  );
  const { text, isBalanced } = booksTable(books);
  print(indented(text));
  if (!isBalanced) throw new Error('the books do not balance');
}

async function tellOfTheLapse(
  { staff, print }: Cast,
  { orderId, expiresAt }: Order,
  signal: AbortSignal,
): Promise<void> {
  await delay(Math.max(0, Date.parse(expiresAt) - Date.now()), undefined, { signal });
  const stock = await staff.stock(TEA);
  const isHeld = stock.holds.some((hold) => hold.expiresAt === expiresAt);
  if (isHeld) throw new Error(`${orderId} still holds units after ${expiresAt}`);
  print(`\n${clock(expiresAt)}  The unpaid hold of ${orderId} lapsed, though nothing ran:`);
  print(balances([stock]));
}

const balances = (stocks: readonly Stock[]): string =>
  indented(
    table([
      ['sku', 'on hand', 'available', 'held', 'committed'],
      ...stocks.map(({ sku, onHand, available, held, committed }) => [
        sku,
        onHand,
        available,
        held,
        committed,
      ]),
    ]),
  );

const indented = (text: string): string => text.replace(/^/gm, '   ');
const timeline = (order: Order): string => order.timeline.map(({ status }) => status).join(' → ');
const euros = (minor: number): string => `${(minor / 100).toFixed(2)} EUR`;
const clock = (iso: string): string => new Date(iso).toLocaleTimeString('en-GB');
