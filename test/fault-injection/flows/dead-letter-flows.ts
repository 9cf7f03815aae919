import { arnOf } from '../../../local/account.ts';
import { idealConditions } from '../../simulator/conditions.ts';
import type { Item } from '../../simulator/dynamodb/values.ts';
import { ALICE, type Flow, type Harness, STAFF } from './harness.ts';
import { expectStock, MINUTE, placeAndPayOrder, shipOrder } from './steps.ts';

const SHIPMENT_QUEUE = 'inventory-OrderFulfilled-Failed';
const POISON_MESSAGE = '{"detail-type":"OrderFulfilled","detail":{}}';

type MessageList = {
  readonly items: readonly {
    readonly messageId: string;
    readonly summary: string;
    readonly verdict: string;
  }[];
};
type ProcessingReport = { readonly items: readonly { readonly outcome: string }[] };

/** Returns the name of the shipment queue in SQS. */
const sqsNameOf = (harness: Harness): string => {
  const name = harness.world.queues.names.find((one) =>
    one.includes('inventory-OrderFulfilledFailed'),
  );
  if (name === undefined)
    throw new Error('No queue has the name of the shipment dead-letter queue.');
  return name;
};
const listShipmentMessages = (harness: Harness): Promise<MessageList> =>
  harness.requestOk(`GET /dead-letters/${SHIPMENT_QUEUE}`, { by: STAFF });
const processMessages = (
  harness: Harness,
  how: 'redrive' | 'discard',
  key: string,
  body: object,
): Promise<ProcessingReport> =>
  harness.requestOk(`POST /dead-letters/${SHIPMENT_QUEUE}/${how}`, { by: STAFF, key, body });

/** Ships an order while every call of its consumer fails. Its message becomes a dead letter. */
const failShipment = async (harness: Harness): Promise<void> => {
  await placeAndPayOrder('pm_ok')(harness);
  harness.world.conditions = {
    ...idealConditions,
    faultPlan: {
      delays: () => [0, 0],
      faultOf: ({ invocation }) =>
        invocation.name.startsWith('inventory/ship-reservation ') ? 'timeoutAlways' : undefined,
    },
  };
  await shipOrder(harness);
  await harness.world.settle();
  harness.world.conditions = idealConditions;
  harness.injectedFaults.length = 0;
};

/**
 * Damages records as a manual edit does. `repair` writes the intended attributes and keeps the
 * version of the damage.
 */
function damageRecords(
  harness: Harness,
  table: string,
  wanted: (item: Item) => boolean,
  changes: { readonly written: Item; readonly damaged: Item },
): { readonly repair: () => void } {
  const repaired = new Map<string, Item>();
  const writeItem = (item: Item): Item => ({
    ...item,
    ...changes.written,
    version: { N: String(Number(item.version?.N) + 1) },
  });
  const damagedCount = harness.injectDrift(table, wanted, (item) => {
    repaired.set(item.pk?.S ?? '', writeItem(item));
    return { ...writeItem(item), ...changes.damaged };
  });
  if (damagedCount === 0) throw new Error(`No item of ${table} was damaged.`);
  return {
    repair: () =>
      void harness.injectDrift(table, wanted, (item) => repaired.get(item.pk?.S ?? '') ?? item),
  };
}

const TWO = { N: '2' };

/** Adds a violation unless an order completes that is placed after the failed change. */
async function expectNextOrderCompletes(harness: Harness): Promise<void> {
  const { orderId } = await harness.requestOk<{ orderId: string }>('POST /orders', {
    by: ALICE,
    key: 'later',
    body: { lines: [{ sku: 'tea', quantity: 1 }] },
  });
  await harness.requestOk(`POST /orders/${orderId}/payment`, {
    by: ALICE,
    key: 'later',
    body: { paymentMethod: 'pm_ok' },
  });
  await harness.world.settle();
  const { status } = await harness.requestOk<{ status: string }>(`GET /orders/${orderId}`, {
    by: ALICE,
  });
  if (status !== 'COMPLETED') harness.addViolation(`the order after the dead letter is ${status}`);
}

const listMessages = (harness: Harness, queue: string): Promise<MessageList> =>
  harness.requestOk(`GET /dead-letters/${queue}`, { by: STAFF });

/**
 * Lists and redrives the messages of a queue of changes. Messages that are in flight after a fault
 * become visible later.
 */
async function redriveStreamRecords(harness: Harness, queue: string, key: string): Promise<void> {
  const { items } = await listMessages(harness, queue);
  harness.savedValues.deadLetters = String(
    Number(harness.savedValues.deadLetters ?? 0) + items.length,
  );
  if (items.some(({ verdict }) => verdict !== 'useful'))
    harness.addViolation('the verdict of a change is not "useful"');
  await harness.requestOk(`POST /dead-letters/${queue}/redrive`, { by: STAFF, key, body: {} });
}

/** Redrives the remaining messages. Adds a violation if the queue never had a message. */
const redriveRemaining = (queue: string) => async (harness: Harness) => {
  await harness.world.time.wait(2 * MINUTE);
  await redriveStreamRecords(harness, queue, 'last');
  await harness.world.settle();
  if (Number(harness.savedValues.deadLetters) === 0)
    harness.addViolation(`${queue} received no change`);
};

const ORDER_STREAM_QUEUE = 'orders-EventPublishing-Failed';
const STOCK_STREAM_QUEUE = 'inventory-EventPublishing-Failed';
/** More than an event or an SQS message may contain. */
const OVERSIZED_CHARACTERS = 1_100_000;

/** Flows in which messages become dead letters and operators process them. */
export const deadLetterFlows: readonly Flow[] = [
  {
    name: 'an unreadable change does not stop later orders and is published after its repair',
    prepare: placeAndPayOrder('pm_ok'),
    act: async (harness) => {
      const isFirst = (item: Item) => item.pk?.S === `ORDER#${harness.savedValues.orderId}`;
      const { repair } = damageRecords(harness, 'Orders', isFirst, {
        written: { status: { S: 'FULFILLED' } },
        damaged: { lines: { S: 'damaged' } },
      });
      await harness.world.settle();
      await expectNextOrderCompletes(harness);
      repair();
      await harness.world.settle();
      await redriveStreamRecords(harness, ORDER_STREAM_QUEUE, 'first');
    },
    allowedOrderStatuses: [['COMPLETED', 'FULFILLED']],
    check: async (harness) => {
      await redriveRemaining(ORDER_STREAM_QUEUE)(harness);
      await expectStock('tea', { onHand: 8, available: 7, committed: 1 })(harness);
    },
  },
  {
    name: 'a change with an oversized event does not stop later orders and is published after its repair',
    prepare: placeAndPayOrder('pm_ok'),
    act: async (harness) => {
      const isTea = ({ pk, sk }: Item) => pk?.S === 'SKU#tea' && sk?.S === 'SKU';
      const { repair } = damageRecords(harness, 'Book', isTea, {
        written: { shardCount: TWO, openShardCount: TWO, peakShardCount: TWO },
        damaged: { correlationId: { S: 'x'.repeat(OVERSIZED_CHARACTERS) } },
      });
      await harness.world.settle();
      await expectNextOrderCompletes(harness);
      repair();
      await harness.world.settle();
      await redriveStreamRecords(harness, STOCK_STREAM_QUEUE, 'first');
    },
    allowedOrderStatuses: [['COMPLETED', 'COMPLETED']],
    check: async (harness) => {
      await redriveRemaining(STOCK_STREAM_QUEUE)(harness);
      await expectStock('tea', { onHand: 10, available: 7, committed: 3 })(harness);
    },
  },
  {
    name: 'staff redrive a failed shipment and discard a poison message',
    prepare: async (harness) => {
      await failShipment(harness);
      harness.world.queues.send(arnOf('sqs', sqsNameOf(harness)), POISON_MESSAGE);
      await harness.world.time.wait(MINUTE);
      const { items } = await listShipmentMessages(harness);
      const verdicts = items.map(({ summary, verdict }) => `${summary} ${verdict}`).sort();
      if (verdicts.join() !== 'OrderFulfilled harmless,OrderFulfilled useful')
        throw new Error(`The queue contains ${verdicts}.`);
    },
    act: async (harness) => {
      await harness.requestOk('GET /dead-letters', { by: STAFF });
      const { items } = await listShipmentMessages(harness);
      await processMessages(harness, 'redrive', 'dry', { dryRun: true });
      await processMessages(harness, 'redrive', 'redrive', {});
      const messageIds = items.flatMap(({ messageId, verdict }) =>
        verdict === 'harmless' ? [messageId] : [],
      );
      if (messageIds.length > 0)
        await processMessages(harness, 'discard', 'discard', { messageIds });
    },
    allowedOrderStatuses: [['FULFILLED']],
    // Messages that were in flight when a function crashed are visible again by now.
    check: async (harness) => {
      await harness.world.time.wait(2 * MINUTE);
      await processMessages(harness, 'redrive', 'again', {});
      const { items } = await listShipmentMessages(harness);
      const messageIds = items.map(({ messageId }) => messageId);
      if (messageIds.length > 0) await processMessages(harness, 'discard', 'last', { messageIds });
      await harness.world.settle();
      await expectStock('tea', { onHand: 8, available: 8, committed: 0 })(harness);
    },
  },
];
