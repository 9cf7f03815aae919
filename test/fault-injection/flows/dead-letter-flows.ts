import { arnOf } from '../../../local/account.ts';
import { idealConditions } from '../../simulator/conditions.ts';
import type { Item } from '../../simulator/dynamodb/values.ts';
import { ALICE, type Flow, type Harness, STAFF } from './harness.ts';
import { expectStock, MINUTE, orderPath, placeAndPayOrder } from './steps.ts';

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

/** The name of SQS, by that of operators. */
const sqsNameOf = (harness: Harness): string => {
  const name = harness.world.queues.names.find((one) =>
    one.includes('inventory-OrderFulfilledFailed'),
  );
  if (name === undefined) throw new Error('there is no such queue');
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

/** While its consumer can reach nothing, a message is given up. */
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
  await harness.requestOk(`POST ${orderPath(harness)}/fulfilment`, {
    by: STAFF,
    key: 'fulfilment',
    body: {},
  });
  await harness.world.settle();
  harness.world.conditions = idealConditions;
  harness.injectedFaults.length = 0;
};

/** How a hand in a table damages records, and mends them: their version stays as the damage left it. */
function damageRecords(
  harness: Harness,
  table: string,
  wanted: (item: Item) => boolean,
  changes: { readonly written: Item; readonly damaged: Item },
): { readonly mend: () => void } {
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
  if (damagedCount === 0) throw new Error(`nothing of ${table} was damaged`);
  return {
    mend: () =>
      void harness.injectDrift(table, wanted, (item) => repaired.get(item.pk?.S ?? '') ?? item),
  };
}

/** An order that is placed behind a change that waits as a dead letter. */
async function expectNextOrderCompletes(harness: Harness): Promise<void> {
  const { orderId } = await harness.requestOk<{ orderId: string }>('POST /orders', {
    by: ALICE,
    key: 'behind',
    body: { lines: [{ sku: 'tea', quantity: 1 }] },
  });
  await harness.requestOk(`POST /orders/${orderId}/payment`, {
    by: ALICE,
    key: 'behind',
    body: { paymentMethod: 'pm_ok' },
  });
  await harness.world.settle();
  const { status } = await harness.requestOk<{ status: string }>(`GET /orders/${orderId}`, {
    by: ALICE,
  });
  if (status !== 'COMPLETED') harness.addViolation(`the order behind the dead letter is ${status}`);
}

const listMessages = (harness: Harness, queue: string): Promise<MessageList> =>
  harness.requestOk(`GET /dead-letters/${queue}`, { by: STAFF });

/** Explains and redrives all that waits in a queue of changes; what is in hand after a fault comes back later. */
async function redriveStreamRecords(harness: Harness, queue: string, key: string): Promise<void> {
  const { items } = await listMessages(harness, queue);
  harness.savedValues.letters = String(Number(harness.savedValues.letters ?? 0) + items.length);
  if (items.some(({ verdict }) => verdict !== 'useful'))
    harness.addViolation('redriving a change is not useful');
  await harness.requestOk(`POST /dead-letters/${queue}/redrive`, { by: STAFF, key, body: {} });
}

/** What could not be redriven is redriven now; at least one dead letter was met. */
const redriveRemaining = (queue: string) => async (harness: Harness) => {
  await harness.world.time.wait(2 * MINUTE);
  await redriveStreamRecords(harness, queue, 'last');
  await harness.world.settle();
  if (Number(harness.savedValues.letters) === 0)
    harness.addViolation(`no change was put into ${queue}`);
};

const ORDER_STREAM_QUEUE = 'orders-EventPublishing-Failed';
const STOCK_STREAM_QUEUE = 'inventory-EventPublishing-Failed';
/** More than an event, and a message of a queue, may have. */
const OVERSIZED_CHARACTERS = 1_100_000;

export const deadLetterFlows: readonly Flow[] = [
  {
    name: 'a change that cannot be read: the order behind it completes; its event is published once its record is mended',
    prepare: placeAndPayOrder('pm_ok'),
    act: async (harness) => {
      const isFirst = (item: Item) => item.pk?.S === `ORDER#${harness.savedValues.orderId}`;
      const { mend } = damageRecords(harness, 'Orders', isFirst, {
        written: { status: { S: 'FULFILLED' } },
        damaged: { lines: { S: 'damaged' } },
      });
      await harness.world.settle();
      await expectNextOrderCompletes(harness);
      mend();
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
    name: 'a change whose event is larger than the bus takes: the order behind it completes; it is published once its record is mended',
    prepare: placeAndPayOrder('pm_ok'),
    act: async (harness) => {
      const isTea = (item: Item) => item.pk?.S === 'SKU#tea';
      const { mend } = damageRecords(harness, 'Book', isTea, {
        written: { isLow: { BOOL: true }, lowStockThreshold: { N: '1000' } },
        damaged: { correlationId: { S: 'x'.repeat(OVERSIZED_CHARACTERS) } },
      });
      await harness.world.settle();
      await expectNextOrderCompletes(harness);
      mend();
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
    name: 'a shipment that was given up, explained and redriven; and a poison message, discarded',
    prepare: async (harness) => {
      await failShipment(harness);
      harness.world.queues.send(arnOf('sqs', sqsNameOf(harness)), POISON_MESSAGE);
      await harness.world.time.wait(MINUTE);
      const { items } = await listShipmentMessages(harness);
      const verdicts = items.map(({ summary, verdict }) => `${summary} ${verdict}`).sort();
      if (verdicts.join() !== 'OrderFulfilled harmless,OrderFulfilled useful')
        throw new Error(`the queue holds ${verdicts}`);
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
    // What was in hand when a function died comes back; what could not be done is done now.
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
