import { arnOf } from '../../local/account.ts';
import { smoothConditions } from '../../simulation/conditions.ts';
import type { Item } from '../../simulation/dynamodb/values.ts';
import { type Flow, STAFF, type Stage } from './stage.ts';
import { MINUTE, paid, path, stockIs } from './steps.ts';

const QUEUE = 'inventory-OrderFulfilled-Failed';
const POISON = '{"detail-type":"OrderFulfilled","detail":{}}';

type Letters = {
  readonly items: readonly { readonly messageId: string; readonly what: string; readonly verdict: string }[];
};
type Report = { readonly items: readonly { readonly outcome: string }[] };

/** The name of SQS, by that of operators. */
const nameOf = (stage: Stage): string => {
  const name = stage.world.queues.names.find((one) => one.includes('inventory-OrderFulfilledFailed'));
  if (name === undefined) throw new Error('there is no such queue');
  return name;
};
const explained = (stage: Stage): Promise<Letters> => stage.do(`GET /dead-letters/${QUEUE}`, { by: STAFF });
const treated = (stage: Stage, how: 'redrive' | 'discard', key: string, body: object): Promise<Report> =>
  stage.do(`POST /dead-letters/${QUEUE}/${how}`, { by: STAFF, key, body });

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

const CHANGES = 'orders-Published-Failed';

/** Everything in the queue of changes, as often as it was sent there. */
async function discardChanges(stage: Stage, key: string): Promise<number> {
  const { items } = await stage.do<Letters>(`GET /dead-letters/${CHANGES}`, { by: STAFF });
  const messageIds = [...new Set(items.map(({ messageId }) => messageId))];
  if (messageIds.length > 0)
    await stage.do(`POST /dead-letters/${CHANGES}/discard`, { by: STAFF, key, body: { messageIds } });
  return items.filter(({ verdict }) => verdict === 'useful').length;
}

/** A hand in the table damages the orders, and mends them. */
function damaged(stage: Stage): { readonly mend: () => void } {
  const before = new Map<string, Item>();
  const isOrder = (item: Item) => item.sk?.S === 'ORDER';
  stage.drift('Orders', isOrder, (item) => {
    before.set(item.pk?.S ?? '', item);
    return { ...item, lines: { S: 'damaged' } };
  });
  return { mend: () => void stage.drift('Orders', isOrder, (item) => before.get(item.pk?.S ?? '')) };
}

export const deadLetterFlows: readonly Flow[] = [
  {
    name: 'a change that cannot be read, put among the dead letters alone, explained and discarded',
    prepare: paid('pm_ok'),
    act: async (stage) => {
      const { mend } = damaged(stage);
      await stage.world.settle();
      mend();
      await stage.world.settle();
      stage.noted.aside = String(await discardChanges(stage, 'first'));
    },
    ends: [['COMPLETED']],
    check: async (stage) => {
      await stage.world.time.wait(2 * MINUTE);
      // What was in hand when an answer was lost comes back.
      const last = await discardChanges(stage, 'last');
      if (Number(stage.noted.aside) + last === 0) stage.complain('no change was put aside');
      await stage.world.settle();
      await stockIs('tea', { onHand: 10, available: 8, committed: 2 })(stage);
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
