import { requestWithRetry } from '../simulator/functions/retrying-client.ts';
import type { ApiRequest } from '../simulator/functions/simulated-api.ts';
import type { SeededRandom } from '../simulator/random.ts';
import type { Shop } from './customers.ts';
import { addExpected, type ExpectedStock } from './locations.ts';

/** SKUs that are counted but not sold, so that their units are known at every moment. */
const COUNTED_ONLY_SKUS = ['mug', 'jug', 'urn'] as const;
const COUNTED_PLACES = COUNTED_ONLY_SKUS.flatMap((sku) =>
  (['main', 'shop'] as const).map((locationId) => ({ sku, locationId })),
);
/** Units move between this number of cells while they are counted. */
const SHARDS = 3;
const OPENING_UNITS = 12;
const LOST_UNITS = 1;
const STAFF = { user: 'staff' };
const MINUTE = 60 * 1_000;
/** Minutes between the counts and other events; more than the clocks differ. */
const COUNT_INTERVAL_MINUTES = 2;
const SUBMIT_MINUTES_MAX = 40;
const DUPLICATE_RATE = 0.5;
const WAREHOUSE_STEPS = 12;

export type TakenCount = { readonly sku: string; readonly key: string; readonly body: object };

/**
 * Creates the counted SKUs and lets two people count each of them at two locations; a unit is lost
 * at each between the counts. Returns the counts. The loss is subtracted once from the expected
 * stock.
 */
export async function takeCounts(
  { world }: Shop,
  expectedStock: ExpectedStock,
): Promise<readonly TakenCount[]> {
  const counts: TakenCount[] = [];
  const take = async (who: string, counted: number): Promise<void> => {
    await world.time.wait(COUNT_INTERVAL_MINUTES * MINUTE);
    const countedAt = new Date(world.time.now).toISOString();
    for (const { sku, locationId } of COUNTED_PLACES)
      counts.push({
        sku,
        key: `${who}-${sku}-${locationId}`,
        body: { counted, countedAt, reference: who, locationId },
      });
  };
  for (const sku of COUNTED_ONLY_SKUS) {
    await requestWithRetry(world, `PUT /stock/${sku}`, {
      by: STAFF,
      body: { name: sku, shardCount: SHARDS },
    });
  }
  for (const { sku, locationId } of COUNTED_PLACES) {
    await requestWithRetry(world, `POST /stock/${sku}/receipts`, {
      by: STAFF,
      key: `first-${sku}-${locationId}`,
      body: { quantity: OPENING_UNITS, locationId },
    });
    addExpected(expectedStock, { sku, locationId }, OPENING_UNITS - LOST_UNITS);
  }
  await world.settle();
  await take('first', OPENING_UNITS);
  await take('second', OPENING_UNITS - LOST_UNITS);
  await world.time.wait(COUNT_INTERVAL_MINUTES * MINUTE);
  return counts;
}

/** Sends the counts late, in any order, and some of them twice, during receipts and damages. */
export async function submitCounts(
  { world }: Shop,
  {
    counts,
    expectedStock,
  }: { readonly counts: readonly TakenCount[]; readonly expectedStock: ExpectedStock },
  random: SeededRandom,
): Promise<void> {
  const send = async ({ sku, key, body }: TakenCount, minutes: number): Promise<void> => {
    await world.time.wait(minutes * MINUTE);
    await requestWithRetry(world, `POST /stock/${sku}/counts`, { by: STAFF, key, body });
  };
  const moveGoods = async (): Promise<void> => {
    for (let step = 0; step < WAREHOUSE_STEPS; step += 1) {
      await world.time.wait(random.next() * 3 * MINUTE);
      const { sku, locationId } = random.pick(COUNTED_PLACES);
      const isReceipt = random.nextBoolean(0.5);
      const delta = isReceipt ? random.nextInteger(1, 4) : -1;
      const body = isReceipt
        ? { quantity: delta, locationId }
        : { delta, reason: 'damaged', locationId };
      const request: ApiRequest = { by: STAFF, key: `counted-${step}`, body };
      const { status } = await requestWithRetry(
        world,
        `POST /stock/${sku}/${isReceipt ? 'receipts' : 'adjustments'}`,
        request,
      );
      if (status < 300) addExpected(expectedStock, { sku, locationId }, delta);
    }
  };
  const submissions = counts.flatMap((count) => {
    const minutes = random.next() * SUBMIT_MINUTES_MAX;
    return [minutes, ...(random.nextBoolean(DUPLICATE_RATE) ? [minutes, minutes + 5] : [])].map(
      (at) => send(count, at),
    );
  });
  await Promise.all([...submissions, moveGoods()]);
}

type OpenFinding = { readonly findingId: string; readonly revision: number; readonly kind: string };

/** Approves the counts, because the damages are other losses than the counted one. */
export async function approveCounts(
  { world }: Pick<Shop, 'world'>,
  open: readonly OpenFinding[],
  round: number,
): Promise<void> {
  for (const { findingId, revision, kind } of open) {
    if (kind !== 'COUNT_DIFFERS') continue;
    const body = { revision, orderDecision: 'cancel' };
    const key = `approve-${findingId}-${revision}-${round}`;
    await requestWithRetry(world, `POST /findings/${findingId}/approval`, { by: STAFF, key, body });
  }
}
