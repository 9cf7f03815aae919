import { requestWithRetry } from '../simulator/functions/retrying-client.ts';
import type { ApiResponse } from '../simulator/functions/simulated-api.ts';
import type { SeededRandom } from '../simulator/random.ts';
import { type Shop, SKUS } from './customers.ts';

const MINUTE = 60 * 1_000;
const ARRIVAL_MINUTES_MAX = 40;
/** Some orders are paid after their hold has expired. */
const THINK_MINUTES_MAX = 14;
const ABANDON_RATE = 0.15;
const CANCELLATION_RATE = 0.15;
const REPEAT_RATE = 0.4;
const REST_RATE = 0.8;

const sessionOf = (role: string, session: number) => ({
  service: `arn:aws:sts::000000000000:assumed-role/${role}/session-${session}`,
});

/**
 * Returns whether a repeat had the outcome of its first request. A hold that was rejected left
 * nothing, so its repeat may find units that came back meanwhile.
 */
const isSameOutcome = (route: string, first: number, again: number): boolean =>
  first < 300 === again < 300 || (route.startsWith('PUT ') && first === 409);

type Reservation = {
  readonly status: string;
  readonly lines: readonly {
    readonly sku: string;
    readonly locationId: string;
    readonly quantity: number;
  }[];
};

/**
 * Runs an order system besides the shop, which restarts between two requests and then repeats the
 * first one. Returns a violation for each result that a repeat changes, and for each change by
 * another service.
 */
export async function runOwnOrders(
  shop: Shop,
  count: number,
  random: SeededRandom,
): Promise<string[]> {
  const orders = Array.from({ length: count }, (_, number) =>
    runOwnOrder(shop, number, random.fork('own order', number)),
  );
  return (await Promise.all(orders)).flat();
}

async function runOwnOrder(
  { world }: Shop,
  number: number,
  random: SeededRandom,
): Promise<string[]> {
  const path = `/reservations/cart-${number}`;
  const violations: string[] = [];
  let session = 0;
  const send = async (route: string, body?: unknown): Promise<ApiResponse<Reservation>> => {
    const request = () =>
      requestWithRetry<Reservation>(world, route, {
        by: sessionOf('own-shop', session),
        ...(body === undefined ? {} : { body }),
      });
    const first = await request();
    if (!random.nextBoolean(REPEAT_RATE)) return first;
    session += 1;
    const again = await request();
    if (!isSameOutcome(route, first.status, again.status))
      violations.push(`${route} returned ${first.status}, and its repeat ${again.status}`);
    return again;
  };
  const think = (minutesMax: number) => world.time.wait(random.next() * minutesMax * MINUTE);

  await think(ARRIVAL_MINUTES_MAX);
  const sku = random.pick(SKUS);
  const held = await send(`PUT ${path}`, { lines: [{ sku, quantity: 2 }], holdSeconds: 600 });
  if (held.status >= 300 || random.nextBoolean(ABANDON_RATE)) return violations;
  await think(THINK_MINUTES_MAX);
  if (random.nextBoolean(CANCELLATION_RATE)) {
    await send(`DELETE ${path}`);
    return violations;
  }
  const committed = await send(`POST ${path}/commitment`);
  if (committed.status >= 300) return violations;
  const foreign = await requestWithRetry(world, `DELETE ${path}`, {
    by: sessionOf('other-shop', 0),
  });
  if (foreign.status !== 403)
    violations.push(`another service got ${foreign.status} for the release of ${path}`);
  const [line] = committed.body.lines;
  const lines = [{ sku, locationId: line?.locationId, quantity: 1 }];
  const shipped = await send(`POST ${path}/shipments`, { stepId: 'parcel-1', lines });
  if (shipped.status !== 200) violations.push(`a shipment of ${path} returned ${shipped.status}`);
  if (!random.nextBoolean(REST_RATE)) return violations;
  const rest = await send(`POST ${path}/releases`, { stepId: 'rest' });
  if (rest.body.status !== 'FULFILLED')
    violations.push(`${path} is ${rest.body.status} after all of its units were settled`);
  return violations;
}
