import { type Action, actionsOf, isTransactional, itemIdOf } from '../capacity/actions.ts';
import type { Item } from '../capacity/item-size.ts';
import {
  itemsReadUnits,
  NO_UNITS,
  rejectedUnits,
  type Units,
  writtenUnits,
} from '../capacity/request-units.ts';
import { keyAttributesOf, pickAttributes } from '../capacity/table-shape.ts';
import { pageReadUnits } from '../capacity/units.ts';
import type { Forward } from './proxy/http-proxy.ts';
import type { ItemCache } from './proxy/item-cache.ts';
import { KeyedMutex } from './proxy/keyed-mutex.ts';
import {
  type DynamoDbRequest,
  type DynamoDbResponse,
  exceptionNameOf,
  isSuccess,
  parseBody,
  successResponse,
  withBody,
} from './proxy/protocol.ts';
import { consistencyByTable, hasProjection, tablesOf } from './request-parameters.ts';

export type MeteredResponse = { readonly response: DynamoDbResponse; readonly units: Units };

/** Reasons of a cancelled transaction for which DynamoDB read every item, so that it is billed. */
const BILLED_REASONS: ReadonlySet<string> = new Set([
  'ConditionalCheckFailed',
  'TransactionConflict',
]);
const TABLE_OPERATIONS: ReadonlySet<string> = new Set([
  'CreateTable',
  'UpdateTable',
  'DeleteTable',
]);
/** Parameters of a query that make its response smaller than what was read. */
const NARROWING_PARAMETERS = [
  'FilterExpression',
  'ProjectionExpression',
  'Select',
  'AttributesToGet',
  'QueryFilter',
  'ScanFilter',
];
/** Minimum that AWS bills for a page. */
const PAGE_UNITS_MIN = { strong: 1, eventual: 0.5 } as const;

/**
 * Forwards requests and returns the units that they are billed, computed from the images of their
 * items before and after.
 */
export class Meter {
  readonly #forward: Forward;
  readonly #itemCache: ItemCache;
  readonly #mutex = new KeyedMutex();

  readonly #servesReadsFromCache: boolean;

  /**
   * If `servesReadsFromCache` is set, batches of whole items are served from the cache when it has
   * all of them, as DynamoDB Local would: during a rush, reads are most of its work.
   */
  constructor(forward: Forward, itemCache: ItemCache, { servesReadsFromCache = false } = {}) {
    this.#forward = forward;
    this.#itemCache = itemCache;
    this.#servesReadsFromCache = servesReadsFromCache;
  }

  /**
   * Returns the items that a request names. None where a table does not exist; DynamoDB Local
   * returns that error.
   */
  async actionsOf(incoming: DynamoDbRequest): Promise<Action[]> {
    for (const table of tablesOf(incoming))
      if (!(await this.#itemCache.loadShape(table))) return [];
    return actionsOf(incoming, this.#itemCache.shapeOf);
  }

  async run(incoming: DynamoDbRequest, actions: readonly Action[]): Promise<MeteredResponse> {
    const { operation } = incoming;
    if (operation === 'Query' || operation === 'Scan') return this.#page(incoming);
    if (actions.length === 0) return this.#other(incoming);
    return actions[0]?.kind === 'get'
      ? this.#read(incoming, actions)
      : this.#write(incoming, actions);
  }

  async #other(incoming: DynamoDbRequest): Promise<MeteredResponse> {
    const response = await this.#forward(incoming);
    const table = incoming.body.TableName;
    if (
      TABLE_OPERATIONS.has(incoming.operation) &&
      typeof table === 'string' &&
      isSuccess(response)
    ) {
      if (incoming.operation === 'CreateTable') this.#itemCache.addEmptyTable(table);
      else this.#itemCache.removeTable(table);
    }
    return { response, units: NO_UNITS };
  }

  #write(incoming: DynamoDbRequest, actions: readonly Action[]): Promise<MeteredResponse> {
    // The images before and after must belong to this write alone.
    return this.#mutex.runExclusive(actions.map(itemIdOf), async () => {
      const before = await this.#itemCache.load(actions);
      const response = await this.#forward(incoming);
      const transactional = isTransactional(incoming);
      if (!isSuccess(response))
        return { response, units: unitsOfFailure(response, actions, before, transactional) };
      const after = await this.#loadAfterImages(actions, before);
      const written = actions.map((action, index) => ({
        action,
        images: { before: before[index], after: after[index] },
      }));
      return { response, units: writtenUnits(written, transactional, this.#itemCache.shapeOf) };
    });
  }

  async #loadAfterImages(actions: readonly Action[], before: readonly (Item | undefined)[]) {
    const updated = actions.filter(({ kind }) => kind === 'update');
    const read = await this.#itemCache.reload(updated);
    return actions.map((action, index) => {
      const after = {
        put: () => action.item,
        delete: () => undefined,
        update: () => read[updated.indexOf(action)],
        check: () => before[index],
        get: () => before[index],
      }[action.kind]();
      this.#itemCache.set(action, after);
      return after;
    });
  }

  async #read(incoming: DynamoDbRequest, actions: readonly Action[]): Promise<MeteredResponse> {
    const response = this.#cachedResponse(incoming, actions) ?? (await this.#forward(incoming));
    if (!isSuccess(response)) return { response, units: NO_UNITS };
    const known = hasProjection(incoming) ? undefined : this.#itemsIn(incoming, response, actions);
    // An item is billed as a whole, whatever part of it is requested.
    const items = known ?? (await this.#itemCache.reload(actions));
    const strengths = consistencyByTable(incoming);
    const units = actions.map(({ table }, index) =>
      itemsReadUnits([items[index]], strengths(table)),
    );
    return { response, units: units.reduce(addUnits, NO_UNITS) };
  }

  #cachedResponse(
    incoming: DynamoDbRequest,
    actions: readonly Action[],
  ): DynamoDbResponse | undefined {
    if (
      !this.#servesReadsFromCache ||
      incoming.operation !== 'BatchGetItem' ||
      hasProjection(incoming)
    )
      return;
    const items = this.#itemCache.getAllIfCached(actions);
    if (items === undefined) return;
    const Responses: Record<string, Item[]> = {};
    for (const [index, { table }] of actions.entries()) {
      const item = items[index];
      Responses[table] = [...(Responses[table] ?? []), ...(item === undefined ? [] : [item])];
    }
    return successResponse({ Responses, UnprocessedKeys: {} });
  }

  /** Returns the items of a response that has them as a whole. */
  #itemsIn(
    { operation }: DynamoDbRequest,
    response: DynamoDbResponse,
    actions: readonly Action[],
  ): (Item | undefined)[] {
    type Got = { readonly Item?: Item };
    if (operation === 'GetItem') return [parseBody<Got>(response).Item];
    if (operation === 'TransactGetItems')
      return parseBody<{ Responses: readonly Got[] }>(response).Responses.map((one) => one.Item);
    const { Responses } = parseBody<{ Responses: Readonly<Record<string, readonly Item[]>> }>(
      response,
    );
    const byId = new Map(
      Object.entries(Responses).flatMap(([table, items]) => {
        const names = keyAttributesOf(this.#itemCache.shapeOf(table).key);
        return items.map((item): [string, Item] => [
          itemIdOf({ table, key: pickAttributes(item, names) }),
          item,
        ]);
      }),
    );
    return actions.map((action) => byId.get(itemIdOf(action)));
  }

  /**
   * Uses the sum of the response if it has everything that was read; else the consumed capacity of
   * DynamoDB Local, which is correct for pages that are not empty. The capacity is removed from the
   * response again.
   */
  async #page(incoming: DynamoDbRequest): Promise<MeteredResponse> {
    const { body } = incoming;
    const strength = body.ConsistentRead === true ? 'strong' : 'eventual';
    if (NARROWING_PARAMETERS.every((name) => body[name] === undefined)) {
      const response = await this.#forward(incoming);
      if (!isSuccess(response)) return { response, units: NO_UNITS };
      const { Items = [] } = parseBody<{ Items?: readonly Item[] }>(response);
      return { response, units: { ...NO_UNITS, readUnits: pageReadUnits(Items, strength) } };
    }
    const isCapacityRequested =
      body.ReturnConsumedCapacity !== undefined && body.ReturnConsumedCapacity !== 'NONE';
    const response = await this.#forward(
      isCapacityRequested
        ? incoming
        : withBody(incoming, { ...body, ReturnConsumedCapacity: 'TOTAL' }),
    );
    if (!isSuccess(response)) return { response, units: NO_UNITS };
    const { ConsumedCapacity, ...rest } = parseBody<{
      ConsumedCapacity?: { CapacityUnits?: number };
    }>(response);
    const readUnits = Math.max(ConsumedCapacity?.CapacityUnits ?? 0, PAGE_UNITS_MIN[strength]);
    return {
      response: isCapacityRequested ? response : successResponse(rest),
      units: { ...NO_UNITS, readUnits },
    };
  }
}

const addUnits = (a: Units, b: Units): Units => ({
  readUnits: a.readUnits + b.readUnits,
  writeUnits: a.writeUnits + b.writeUnits,
  gsiWriteUnits: a.gsiWriteUnits + b.gsiWriteUnits,
});

function unitsOfFailure(
  response: DynamoDbResponse,
  actions: readonly Action[],
  before: readonly (Item | undefined)[],
  transactional: boolean,
): Units {
  const failed = actions.map((action, index) => ({ action, before: before[index] }));
  const name = exceptionNameOf(response);
  if (name === 'ConditionalCheckFailedException') return rejectedUnits(failed, false);
  if (name !== 'TransactionCanceledException') return NO_UNITS;
  const { CancellationReasons = [] } = parseBody<{
    CancellationReasons?: readonly { Code?: string }[];
  }>(response);
  const isBilled = CancellationReasons.some(({ Code = '' }) => BILLED_REASONS.has(Code));
  return isBilled ? rejectedUnits(failed, transactional) : NO_UNITS;
}
