import { arnOf } from '../../../local/account.ts';
import { smoothConditions } from '../../simulator/conditions.ts';
import type { Item } from '../../simulator/dynamodb/values.ts';
import { ALICE, type Flow, STAFF, type Stage } from './stage.ts';
import { MINUTE, paid, path, stockIs } from './steps.ts';

const QUEUE = 'inventory-OrderFulfilled-Failed';
const POISON = '{"detail-type":"OrderFulfilled","detail":{}}';

type Letters = {
  readonly items: readonly {
    readonly messageId: string;
    readonly what: string;
    readonly verdict: string;
  }[];
};
type Report = { readonly items: readonly { readonly outcome: string }[] };

/** The name of SQS, by that of operators. */
const nameOf = (stage: Stage): string => {
  const name = stage.world.queues.names.find((one) =>
    one.includes('inventory-OrderFulfilledFailed'),
  );
  if (name === undefined) throw new Error('there is no such queue');
  return name;
};
const explained = (stage: Stage): Promise<Letters> =>
  stage.do(`GET /dead-letters/${QUEUE}`, { by: STAFF });
const treated = (
  stage: Stage,
  how: 'redrive' | 'discard',
  key: string,
  body: object,
): Promise<Report> => stage.do(`POST /dead-letters/${QUEUE}/${how}`, { by: STAFF, key, body });

/** While its consumer can reach nothing, a message is given up. */
const notShipped = async (stage: Stage): Promise<void> => {
  await paid('pm_ok')(stage);
  stage.world.conditions = {
    ...smoothConditions,
    trouble: {
      delays: () => [0, 0],
      faultOf: ({ invocation }) =>
        invocation.name.startsWith('inventory/ship-reservation ') ? 'timeoutForGood' : undefined,
    },
  };
  await stage.do(`POST ${path(stage)}/fulfilment`, { by: STAFF, key: 'fulfilment', body: {} });
  await stage.world.settle();
  stage.world.conditions = smoothConditions;
  stage.faults.length = 0;
};

/** How a hand in a table damages records, and mends them: their version stays as the damage left it. */
function damage(
  stage: Stage,
  table: string,
  wanted: (item: Item) => boolean,
  changes: { readonly written: Item; readonly damaged: Item },
): { readonly mend: () => void } {
  const mended = new Map<string, Item>();
  const written = (item: Item): Item => ({
    ...item,
    ...changes.written,
    version: { N: String(Number(item.version?.N) + 1) },
  });
  const damaged = stage.drift(table, wanted, (item) => {
    mended.set(item.pk?.S ?? '', written(item));
    return { ...written(item), ...changes.damaged };
  });
  if (damaged === 0) throw new Error(`nothing of ${table} was damaged`);
  return {
    mend: () => void stage.drift(table, wanted, (item) => mended.get(item.pk?.S ?? '') ?? item),
  };
}

/** An order that is placed behind a change that waits as a dead letter. */
async function completedBehind(stage: Stage): Promise<void> {
  const { orderId } = await stage.do<{ orderId: string }>('POST /orders', {
    by: ALICE,
    key: 'behind',
    body: { lines: [{ sku: 'tea', quantity: 1 }] },
  });
  await stage.do(`POST /orders/${orderId}/payment`, {
    by: ALICE,
    key: 'behind',
    body: { paymentMethod: 'pm_ok' },
  });
  await stage.world.settle();
  const { status } = await stage.do<{ status: string }>(`GET /orders/${orderId}`, { by: ALICE });
  if (status !== 'COMPLETED') stage.complain(`the order behind the dead letter is ${status}`);
}

const lettersOf = (stage: Stage, queue: string): Promise<Letters> =>
  stage.do(`GET /dead-letters/${queue}`, { by: STAFF });

/** Explains and redrives all that waits in a queue of changes; what is in hand after a fault comes back later. */
async function redriveChanges(stage: Stage, queue: string, key: string): Promise<void> {
  const { items } = await lettersOf(stage, queue);
  stage.noted.letters = String(Number(stage.noted.letters ?? 0) + items.length);
  if (items.some(({ verdict }) => verdict !== 'useful'))
    stage.complain('redriving a change is not useful');
  await stage.do(`POST /dead-letters/${queue}/redrive`, { by: STAFF, key, body: {} });
}

/** What could not be redriven is redriven now; at least one dead letter was met. */
const redrivenAtLast = (queue: string) => async (stage: Stage) => {
  await stage.world.time.wait(2 * MINUTE);
  await redriveChanges(stage, queue, 'last');
  await stage.world.settle();
  if (Number(stage.noted.letters) === 0) stage.complain(`no change was put into ${queue}`);
};

const ORDER_CHANGES = 'orders-Published-Failed';
const STOCK_CHANGES = 'inventory-Published-Failed';
/** More than an event, and a message of a queue, may have. */
const TOO_MANY_CHARACTERS = 1_100_000;

export const deadLetterFlows: readonly Flow[] = [
  {
    name: 'a change that cannot be read: the order behind it completes; its event is published once its record is mended',
    prepare: paid('pm_ok'),
    act: async (stage) => {
      const isFirst = (item: Item) => item.pk?.S === `ORDER#${stage.noted.orderId}`;
      const { mend } = damage(stage, 'Orders', isFirst, {
        written: { status: { S: 'FULFILLED' } },
        damaged: { lines: { S: 'damaged' } },
      });
      await stage.world.settle();
      await completedBehind(stage);
      mend();
      await stage.world.settle();
      await redriveChanges(stage, ORDER_CHANGES, 'first');
    },
    ends: [['COMPLETED', 'FULFILLED']],
    check: async (stage) => {
      await redrivenAtLast(ORDER_CHANGES)(stage);
      await stockIs('tea', { onHand: 8, available: 7, committed: 1 })(stage);
    },
  },
  {
    name: 'a change whose event is larger than the bus takes: the order behind it completes; it is published once its record is mended',
    prepare: paid('pm_ok'),
    act: async (stage) => {
      const isTea = (item: Item) => item.pk?.S === 'SKU#tea';
      const { mend } = damage(stage, 'Book', isTea, {
        written: { low: { BOOL: true }, lowStockThreshold: { N: '1000' } },
        damaged: { correlationId: { S: 'x'.repeat(TOO_MANY_CHARACTERS) } },
      });
      await stage.world.settle();
      await completedBehind(stage);
      mend();
      await stage.world.settle();
      await redriveChanges(stage, STOCK_CHANGES, 'first');
    },
    ends: [['COMPLETED', 'COMPLETED']],
    check: async (stage) => {
      await redrivenAtLast(STOCK_CHANGES)(stage);
      await stockIs('tea', { onHand: 10, available: 7, committed: 3 })(stage);
    },
  },
  {
    name: 'a shipment that was given up, explained and redriven; and a poison message, discarded',
    prepare: async (stage) => {
      await notShipped(stage);
      stage.world.queues.send(arnOf('sqs', nameOf(stage)), POISON);
      await stage.world.time.wait(MINUTE);
      const { items } = await explained(stage);
      const verdicts = items.map(({ what, verdict }) => `${what} ${verdict}`).sort();
      if (verdicts.join() !== 'OrderFulfilled harmless,OrderFulfilled useful')
        throw new Error(`the queue holds ${verdicts}`);
    },
    act: async (stage) => {
      await stage.do('GET /dead-letters', { by: STAFF });
      const { items } = await explained(stage);
      await treated(stage, 'redrive', 'dry', { dryRun: true });
      await treated(stage, 'redrive', 'redrive', {});
      const messageIds = items.flatMap(({ messageId, verdict }) =>
        verdict === 'harmless' ? [messageId] : [],
      );
      if (messageIds.length > 0) await treated(stage, 'discard', 'discard', { messageIds });
    },
    ends: [['FULFILLED']],
    // What was in hand when a function died comes back; what could not be done is done now.
    check: async (stage) => {
      await stage.world.time.wait(2 * MINUTE);
      await treated(stage, 'redrive', 'again', {});
      const { items } = await explained(stage);
      const messageIds = items.map(({ messageId }) => messageId);
      if (messageIds.length > 0) await treated(stage, 'discard', 'last', { messageIds });
      await stage.world.settle();
      await stockIs('tea', { onHand: 8, available: 8, committed: 0 })(stage);
    },
  },
];
