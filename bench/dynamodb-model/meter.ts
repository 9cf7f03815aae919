import { type Action, actionsOf, isTransactional, itemIdOf } from '../capacity/actions.ts';
import type { Item } from '../capacity/item-size.ts';
import {
  itemsReadUnits,
  NO_UNITS,
  refusedUnits,
  type Units,
  writtenUnits,
} from '../capacity/request-units.ts';
import { namesOf, pick } from '../capacity/table-shape.ts';
import { type Consistency, pageReadUnits } from '../capacity/units.ts';
import type { Forward } from './proxy/http-proxy.ts';
import type { Mirror } from './proxy/mirror.ts';
import { Turns } from './proxy/turns.ts';
import {
  type Answer,
  bodyOf,
  done,
  exceptionOf,
  type Incoming,
  isDone,
  withBody,
} from './proxy/wire.ts';

export type Metered = { readonly answer: Answer; readonly units: Units };

/** A transaction that was cancelled for these was looked at by each of its items, and is billed. */
const BILLED_REASONS: ReadonlySet<string> = new Set([
  'ConditionalCheckFailed',
  'TransactionConflict',
]);
const OF_TABLES: ReadonlySet<string> = new Set(['CreateTable', 'UpdateTable', 'DeleteTable']);
/** Of a query: what makes its answer less than what was read. */
const NARROWING = [
  'FilterExpression',
  'ProjectionExpression',
  'Select',
  'AttributesToGet',
  'QueryFilter',
  'ScanFilter',
];
/** What AWS bills for a page at least. */
const PAGE_UNITS_MIN = { strong: 1, eventual: 0.5 } as const;

/** Sends requests on and says what they are billed, by the images of their items before and after. */
export class Meter {
  readonly #forward: Forward;
  readonly #mirror: Mirror;
  readonly #turns = new Turns();

  readonly #answersReads: boolean;

  /**
   * With `answersReads`, batches of whole items are answered from the mirror where it knows all of them, as DynamoDB Local would: reads
   * are most of what it would have to do in a rush.
   */
  constructor(forward: Forward, mirror: Mirror, { answersReads = false } = {}) {
    this.#forward = forward;
    this.#mirror = mirror;
    this.#answersReads = answersReads;
  }

  /** The items that a request names. None where a table is not there, which DynamoDB Local may say itself. */
  async actionsOf(incoming: Incoming): Promise<Action[]> {
    for (const table of tablesOf(incoming)) if (!(await this.#mirror.learn(table))) return [];
    return actionsOf(incoming, this.#mirror.shapeOf);
  }

  async run(incoming: Incoming, actions: readonly Action[]): Promise<Metered> {
    const { operation } = incoming;
    if (operation === 'Query' || operation === 'Scan') return this.#page(incoming);
    if (actions.length === 0) return this.#other(incoming);
    return actions[0]?.kind === 'get'
      ? this.#read(incoming, actions)
      : this.#write(incoming, actions);
  }

  async #other(incoming: Incoming): Promise<Metered> {
    const answer = await this.#forward(incoming);
    const table = incoming.body.TableName;
    if (OF_TABLES.has(incoming.operation) && typeof table === 'string' && isDone(answer)) {
      if (incoming.operation === 'CreateTable') this.#mirror.created(table);
      else this.#mirror.forget(table);
    }
    return { answer, units: NO_UNITS };
  }

  #write(incoming: Incoming, actions: readonly Action[]): Promise<Metered> {
    // The images of before and after are of this write alone.
    return this.#turns.take(actions.map(itemIdOf), async () => {
      const before = await this.#mirror.load(actions);
      const answer = await this.#forward(incoming);
      const transactional = isTransactional(incoming);
      if (!isDone(answer))
        return { answer, units: refusedBy(answer, actions, before, transactional) };
      const after = await this.#afterOf(actions, before);
      const written = actions.map((action, place) => ({
        action,
        images: { before: before[place], after: after[place] },
      }));
      return { answer, units: writtenUnits(written, transactional, this.#mirror.shapeOf) };
    });
  }

  async #afterOf(actions: readonly Action[], before: readonly (Item | undefined)[]) {
    const updated = actions.filter(({ kind }) => kind === 'update');
    const read = await this.#mirror.reload(updated);
    return actions.map((action, place) => {
      const after = {
        put: () => action.item,
        delete: () => undefined,
        update: () => read[updated.indexOf(action)],
        check: () => before[place],
        get: () => before[place],
      }[action.kind]();
      this.#mirror.set(action, after);
      return after;
    });
  }

  async #read(incoming: Incoming, actions: readonly Action[]): Promise<Metered> {
    const answer = this.#mirrored(incoming, actions) ?? (await this.#forward(incoming));
    if (!isDone(answer)) return { answer, units: NO_UNITS };
    const known = projectsParts(incoming) ? undefined : this.#answered(incoming, answer, actions);
    // An item is billed whole, whatever part of it is asked for.
    const items = known ?? (await this.#mirror.reload(actions));
    const strengths = consistencies(incoming);
    const units = actions.map(({ table }, place) =>
      itemsReadUnits([items[place]], strengths(table)),
    );
    return { answer, units: units.reduce(sumOf, NO_UNITS) };
  }

  #mirrored(incoming: Incoming, actions: readonly Action[]): Answer | undefined {
    if (!this.#answersReads || incoming.operation !== 'BatchGetItem' || projectsParts(incoming))
      return;
    const items = this.#mirror.known(actions);
    if (items === undefined) return;
    const Responses: Record<string, Item[]> = {};
    for (const [place, { table }] of actions.entries()) {
      const item = items[place];
      Responses[table] = [...(Responses[table] ?? []), ...(item === undefined ? [] : [item])];
    }
    return done({ Responses, UnprocessedKeys: {} });
  }

  /** The items of an answer that has them whole. */
  #answered(
    { operation }: Incoming,
    answer: Answer,
    actions: readonly Action[],
  ): (Item | undefined)[] {
    type Got = { readonly Item?: Item };
    if (operation === 'GetItem') return [bodyOf<Got>(answer).Item];
    if (operation === 'TransactGetItems')
      return bodyOf<{ Responses: readonly Got[] }>(answer).Responses.map((one) => one.Item);
    const { Responses } = bodyOf<{ Responses: Readonly<Record<string, readonly Item[]>> }>(answer);
    const byId = new Map(
      Object.entries(Responses).flatMap(([table, items]) => {
        const names = namesOf(this.#mirror.shapeOf(table).key);
        return items.map((item): [string, Item] => [
          itemIdOf({ table, key: pick(item, names) }),
          item,
        ]);
      }),
    );
    return actions.map((action) => byId.get(itemIdOf(action)));
  }

  /**
   * Where the answer has all that was read, by its sum; else DynamoDB Local is asked, which is right of pages that are not empty. What
   * it adds to the answer is taken out again.
   */
  async #page(incoming: Incoming): Promise<Metered> {
    const { body } = incoming;
    const strength = body.ConsistentRead === true ? 'strong' : 'eventual';
    if (NARROWING.every((name) => body[name] === undefined)) {
      const answer = await this.#forward(incoming);
      if (!isDone(answer)) return { answer, units: NO_UNITS };
      const { Items = [] } = bodyOf<{ Items?: readonly Item[] }>(answer);
      return { answer, units: { ...NO_UNITS, readUnits: pageReadUnits(Items, strength) } };
    }
    const asked =
      body.ReturnConsumedCapacity !== undefined && body.ReturnConsumedCapacity !== 'NONE';
    const answer = await this.#forward(
      asked ? incoming : withBody(incoming, { ...body, ReturnConsumedCapacity: 'TOTAL' }),
    );
    if (!isDone(answer)) return { answer, units: NO_UNITS };
    const { ConsumedCapacity, ...rest } = bodyOf<{ ConsumedCapacity?: { CapacityUnits?: number } }>(
      answer,
    );
    const readUnits = Math.max(ConsumedCapacity?.CapacityUnits ?? 0, PAGE_UNITS_MIN[strength]);
    return { answer: asked ? answer : done(rest), units: { ...NO_UNITS, readUnits } };
  }
}

export const sumOf = (a: Units, b: Units): Units => ({
  readUnits: a.readUnits + b.readUnits,
  writeUnits: a.writeUnits + b.writeUnits,
  gsiWriteUnits: a.gsiWriteUnits + b.gsiWriteUnits,
});

/** The tables that a request names. */
export function tablesOf({ body }: Pick<Incoming, 'body'>): string[] {
  const { TableName, RequestItems, TransactItems } = body as {
    TableName?: string;
    RequestItems?: object;
    TransactItems?: readonly Readonly<Record<string, { TableName?: string }>>[];
  };
  const inActions = (TransactItems ?? []).flatMap((one) =>
    Object.values(one).map((action) => action.TableName),
  );
  return [...new Set([TableName, ...Object.keys(RequestItems ?? {}), ...inActions])].filter(
    (name) => name !== undefined,
  );
}

function refusedBy(
  answer: Answer,
  actions: readonly Action[],
  before: readonly (Item | undefined)[],
  transactional: boolean,
): Units {
  const refused = actions.map((action, place) => ({ action, before: before[place] }));
  const name = exceptionOf(answer);
  if (name === 'ConditionalCheckFailedException') return refusedUnits(refused, false);
  if (name !== 'TransactionCanceledException') return NO_UNITS;
  const { CancellationReasons = [] } = bodyOf<{
    CancellationReasons?: readonly { Code?: string }[];
  }>(answer);
  const isBilled = CancellationReasons.some(({ Code = '' }) => BILLED_REASONS.has(Code));
  return isBilled ? refusedUnits(refused, transactional) : NO_UNITS;
}

type Asked = {
  readonly ConsistentRead?: boolean;
  readonly ProjectionExpression?: string;
  readonly AttributesToGet?: unknown;
};

/** How strongly the items of a table are read by a request for single items. */
export function consistencies(incoming: Incoming): (table: string) => Consistency {
  if (isTransactional(incoming)) return () => 'transactional';
  const { ConsistentRead, RequestItems } = incoming.body as Asked & {
    RequestItems?: Readonly<Record<string, Asked>>;
  };
  return (table) =>
    (RequestItems?.[table]?.ConsistentRead ?? ConsistentRead) ? 'strong' : 'eventual';
}

function projectsParts({ body }: Incoming): boolean {
  const { RequestItems, TransactItems } = body as {
    RequestItems?: Readonly<Record<string, Asked>>;
    TransactItems?: readonly { readonly Get?: Asked }[];
  };
  const asked: readonly Asked[] = [
    body as Asked,
    ...Object.values(RequestItems ?? {}),
    ...(TransactItems ?? []).map(({ Get }) => Get ?? {}),
  ];
  return asked.some(
    (one) => one.ProjectionExpression !== undefined || one.AttributesToGet !== undefined,
  );
}
