import type { Chance } from '../simulator/chance.ts';
import type { Asked } from '../simulator/functions/api.ts';
import { ask } from '../simulator/functions/client.ts';
import type { Ledger, Shop } from './customers.ts';

/** SKUs that are counted and not sold: what their shelves have is known at every moment. */
const COUNTED_SKUS = ['mug', 'jug', 'urn'] as const;
/** Their units are moved between cells while they are counted. */
const SHARDS = 3;
const OPENING_UNITS = 12;
const LOST_UNITS = 1;
const STAFF = { user: 'staff' };
const MINUTE = 60 * 1_000;
/** Between two counts, and between them and the day: more than clocks differ. */
const PAUSE_MINUTES = 2;
const SENDING_MINUTES_MAX = 40;
const TWICE_RATE = 0.5;
const WAREHOUSE_STEPS = 12;

export type TakenCount = { readonly sku: string; readonly key: string; readonly body: object };

/**
 * Two people count each shelf before the day begins, and a unit is lost in between. Returns what they wrote down. The ledger has
 * what the book must have in the end: the loss is taken off once.
 */
export async function takingCounts(
  { world }: Shop,
  ledger: Ledger,
): Promise<readonly TakenCount[]> {
  const taken: TakenCount[] = [];
  const take = async (who: string, counted: number): Promise<void> => {
    await world.time.wait(PAUSE_MINUTES * MINUTE);
    const countedAt = new Date(world.time.now).toISOString();
    for (const sku of COUNTED_SKUS)
      taken.push({ sku, key: `${who}-${sku}`, body: { counted, countedAt, reference: who } });
  };
  for (const sku of COUNTED_SKUS) {
    await ask(world, `PUT /stock/${sku}`, { by: STAFF, body: { name: sku, shardCount: SHARDS } });
    const body = { quantity: OPENING_UNITS };
    await ask(world, `POST /stock/${sku}/receipts`, { by: STAFF, key: `first-${sku}`, body });
    ledger.set(sku, OPENING_UNITS - LOST_UNITS);
  }
  await world.settle();
  await take('first', OPENING_UNITS);
  await take('second', OPENING_UNITS - LOST_UNITS);
  await world.time.wait(PAUSE_MINUTES * MINUTE);
  return taken;
}

/** The counts are sent late, in any order and some of them twice, while goods come in and break. */
export async function sendingCounts(
  { world }: Shop,
  { taken, ledger }: { readonly taken: readonly TakenCount[]; readonly ledger: Ledger },
  chance: Chance,
): Promise<void> {
  const send = async ({ sku, key, body }: TakenCount, minutes: number): Promise<void> => {
    await world.time.wait(minutes * MINUTE);
    await ask(world, `POST /stock/${sku}/counts`, { by: STAFF, key, body });
  };
  const handle = async (): Promise<void> => {
    for (let step = 0; step < WAREHOUSE_STEPS; step += 1) {
      await world.time.wait(chance.next() * 3 * MINUTE);
      const sku = chance.pick(COUNTED_SKUS);
      const isReceipt = chance.happens(0.5);
      const delta = isReceipt ? chance.whole(1, 4) : -1;
      const body = isReceipt ? { quantity: delta } : { delta, reason: 'damaged' };
      const asked: Asked = { by: STAFF, key: `counted-${step}`, body };
      const { status } = await ask(
        world,
        `POST /stock/${sku}/${isReceipt ? 'receipts' : 'adjustments'}`,
        asked,
      );
      if (status < 300) ledger.set(sku, (ledger.get(sku) ?? 0) + delta);
    }
  };
  const sent = taken.flatMap((count) => {
    const minutes = chance.next() * SENDING_MINUTES_MAX;
    return [minutes, ...(chance.happens(TWICE_RATE) ? [minutes, minutes + 5] : [])].map((at) =>
      send(count, at),
    );
  });
  await Promise.all([...sent, handle()]);
}

type Open = { readonly findingId: string; readonly revision: number; readonly kind: string };

/** The manager knows that what broke is another loss than the one that was counted, and approves. */
export async function approvingCounts(
  { world }: Pick<Shop, 'world'>,
  open: readonly Open[],
  time: number,
): Promise<void> {
  for (const { findingId, revision, kind } of open) {
    if (kind !== 'COUNT_DIFFERS') continue;
    const body = { revision, orders: 'cancel' };
    const key = `approve-${findingId}-${revision}-${time}`;
    await ask(world, `POST /findings/${findingId}/approval`, { by: STAFF, key, body });
  }
}
