/**
 * A shop's own order system, which takes its units from Stockbook: its orders are in a file, and it
 * takes payments itself. Each step is written to the file before the next one starts, so that
 * `recover` completes what a crash left. docs/OWN_ORDERS.md explains the steps.
 *
 *   node examples/own-orders/own-orders.mjs place <sku> <quantity>
 *   node examples/own-orders/own-orders.mjs pay <orderId> [--crash-after payment]
 *   node examples/own-orders/own-orders.mjs ship <orderId>
 *   node examples/own-orders/own-orders.mjs recover
 */
import { randomUUID } from 'node:crypto';
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { AwsClient } from 'aws4fetch';

const { env, argv } = process;
const API = env.STOCKBOOK_URL ?? 'http://127.0.0.1:3000';
const FILE = env.ORDERS_FILE ?? 'own-orders.json';
const HOLD_SECONDS = 600;
const ATTEMPTS_MAX = 5;

/** Role of this shop. `npm start` accepts the key `local` with the secret `local`. */
const signer = new AwsClient({
  accessKeyId: env.AWS_ACCESS_KEY_ID ?? 'local',
  secretAccessKey: env.AWS_SECRET_ACCESS_KEY ?? 'local',
  ...(env.AWS_SESSION_TOKEN === undefined ? {} : { sessionToken: env.AWS_SESSION_TOKEN }),
  region: env.AWS_REGION ?? 'us-east-1',
  service: 'execute-api',
  retries: 0,
});

/** Sends a request until it has a response. Every step may be repeated: it takes effect once. */
async function send(method, path, body) {
  for (let attempt = 1; ; attempt += 1) {
    const response = await signer
      .fetch(API + path, {
        method,
        ...(body && {
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify(body),
        }),
      })
      .catch((error) => ({ status: 503, headers: new Headers(), error }));
    const isTemporary = response.status === 429 || response.status >= 500;
    if (!isTemporary) return { status: response.status, body: await response.json() };
    if (attempt === ATTEMPTS_MAX)
      throw new Error(`${method} ${path}: ${response.status}`, { cause: response.error });
    await delay(1_000 * Number(response.headers.get('retry-after') ?? 1));
  }
}

const orders = existsSync(FILE) ? JSON.parse(readFileSync(FILE, 'utf8')) : {};

/** Writes an order to the file. The rename replaces the file at once, or not at all. */
function save(orderId, changes) {
  orders[orderId] = { ...orders[orderId], ...changes };
  writeFileSync(`${FILE}.new`, JSON.stringify(orders, null, 2));
  renameSync(`${FILE}.new`, FILE);
  console.log(`${orderId} ${orders[orderId].status}`);
}

async function place(sku, quantity) {
  const orderId = `cart-${randomUUID()}`;
  save(orderId, { status: 'PLACED', lines: [{ sku, quantity }] });
  await hold(orderId);
}

async function hold(orderId) {
  const request = { lines: orders[orderId].lines, holdSeconds: HOLD_SECONDS, orderId };
  const { status, body } = await send('PUT', `/reservations/${orderId}`, request);
  if (status < 300) save(orderId, { status: 'HELD' });
  else save(orderId, { status: 'REJECTED', reason: body.code });
}

async function pay(orderId, crashAfter) {
  if (orders[orderId]?.status !== 'HELD') throw new Error(`${orderId} is not held.`);
  // A real shop charges the card here, under the order's id as its idempotency key.
  save(orderId, { status: 'PAID' });
  if (crashAfter === 'payment') process.exit(1);
  await commit(orderId);
}

/** Makes the hold of a paid order final. If its units are gone, the customer is refunded. */
async function commit(orderId) {
  const { status, body } = await send('POST', `/reservations/${orderId}/commitment`);
  if (status === 200) save(orderId, { status: 'CONFIRMED' });
  else if (status === 409) save(orderId, { status: 'REFUNDED', reason: body.code });
  else throw new Error(`${orderId}: ${status} ${body.code}`);
}

async function ship(orderId) {
  if (orders[orderId]?.status !== 'CONFIRMED') throw new Error(`${orderId} is not confirmed.`);
  const step = { stepId: 'parcel-1' };
  const { status, body } = await send('POST', `/reservations/${orderId}/shipments`, step);
  if (status !== 200) throw new Error(`${orderId}: ${status} ${body.code}`);
  save(orderId, { status: 'SHIPPED' });
}

/** Completes each order that a crash left, then compares all commitments with the file. */
async function recover() {
  for (const [orderId, { status }] of Object.entries(orders)) {
    if (status === 'PLACED') await hold(orderId);
    if (status === 'PAID') await commit(orderId);
  }
  for (let query = ''; query !== undefined; ) {
    const { status, body } = await send('GET', `/reservations?owner=me&status=COMMITTED${query}`);
    if (status !== 200) throw new Error(`GET /reservations: ${status} ${body.code}`);
    for (const { reservationId } of body.items)
      if (orders[reservationId]?.status !== 'CONFIRMED')
        console.log(`${reservationId} is committed, but not confirmed in ${FILE}`);
    query = body.cursor && `&cursor=${encodeURIComponent(body.cursor)}`;
  }
}

const [command, first, second, crashAfter] = argv.slice(2);
const COMMANDS = {
  place: () => place(first, Number(second)),
  pay: () => pay(first, second === '--crash-after' ? crashAfter : undefined),
  ship: () => ship(first),
  recover,
};
if (COMMANDS[command] === undefined) throw new Error('Use place, pay, ship or recover.');
await COMMANDS[command]();
