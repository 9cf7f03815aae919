import { type Action, itemIdOf } from '../../capacity/actions.ts';
import type { Item } from '../../capacity/item-size.ts';
import {
  keyAttributesOf,
  pickAttributes,
  type TableShape,
  toTableShape,
} from '../../capacity/table-shape.ts';
import type { Forward } from './http-proxy.ts';
import { exceptionNameOf, internalRequest, isSuccess, parseBody } from './protocol.ts';

type Target = Pick<Action, 'table' | 'key'>;

/**
 * BatchGetItem takes 100 keys.
 * https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchGetItem.html
 */
const KEYS_MAX = 100;

/**
 * Shapes and items of the tables behind a proxy, as last seen. A table that was created through the
 * proxy is cached completely; items of another table are read on first use. Writes past the proxy
 * (also by TTL) are not seen.
 */
export class ItemCache {
  readonly #forward: Forward;
  readonly #shapes = new Map<string, TableShape>();
  readonly #items = new Map<string, Item | undefined>();
  readonly #completeTables = new Set<string>();

  constructor(forward: Forward) {
    this.#forward = forward;
  }

  /** The shape must have been loaded before. */
  shapeOf = (table: string): TableShape => {
    const shape = this.#shapes.get(table);
    if (shape === undefined) throw new Error(`The shape of ${table} was not loaded.`);
    return shape;
  };

  /** Returns true if the table exists. */
  async loadShape(table: string): Promise<boolean> {
    if (this.#shapes.has(table)) return true;
    const response = await this.#forward(internalRequest('DescribeTable', { TableName: table }));
    if (exceptionNameOf(response) === 'ResourceNotFoundException') return false;
    if (!isSuccess(response)) throw new Error(`${table} cannot be described: ${response.bytes}`);
    const { Table } = parseBody<{ Table: Parameters<typeof toTableShape>[1] }>(response);
    this.#shapes.set(table, toTableShape(table, Table));
    return true;
  }

  addEmptyTable(table: string): void {
    this.removeTable(table);
    this.#completeTables.add(table);
  }

  /** Called after a change of the table itself. */
  removeTable(table: string): void {
    this.#shapes.delete(table);
    this.#completeTables.delete(table);
    for (const id of this.#items.keys()) if (id.startsWith(`${table} `)) this.#items.delete(id);
  }

  /** Returns the items; unknown ones are read. */
  async load(targets: readonly Target[]): Promise<(Item | undefined)[]> {
    const unknown = targets.filter(
      (one) => !this.#items.has(itemIdOf(one)) && !this.#completeTables.has(one.table),
    );
    await this.#read(unknown);
    return targets.map((one) => this.#items.get(itemIdOf(one)));
  }

  /** Reads the items, known or not: after an update. */
  async reload(targets: readonly Target[]): Promise<(Item | undefined)[]> {
    await this.#read(targets);
    return targets.map((one) => this.#items.get(itemIdOf(one)));
  }

  /** Returns the items if all of them are cached; undefined if one would have to be read. */
  getAllIfCached(targets: readonly Target[]): (Item | undefined)[] | undefined {
    const isKnown = (one: Target) =>
      this.#completeTables.has(one.table) || this.#items.has(itemIdOf(one));
    return targets.every(isKnown)
      ? targets.map((one) => this.#items.get(itemIdOf(one)))
      : undefined;
  }

  set(target: Target, item: Item | undefined): void {
    this.#items.set(itemIdOf(target), item);
  }

  async #read(targets: readonly Target[]): Promise<void> {
    const open = [...new Map(targets.map((one) => [itemIdOf(one), one])).values()];
    for (let from = 0; from < open.length; from += KEYS_MAX)
      await this.#readBatch(open.slice(from, from + KEYS_MAX));
  }

  async #readBatch(targets: readonly Target[]): Promise<void> {
    const keysOf = Map.groupBy(targets, ({ table }) => table);
    const RequestItems = Object.fromEntries(
      [...keysOf].map(([table, of]) => [
        table,
        { Keys: of.map(({ key }) => key), ConsistentRead: true },
      ]),
    );
    const response = await this.#forward(internalRequest('BatchGetItem', { RequestItems }));
    if (!isSuccess(response)) throw new Error(`items cannot be read: ${response.bytes}`);
    const { Responses = {}, UnprocessedKeys = {} } = parseBody<{
      Responses?: Readonly<Record<string, readonly Item[]>>;
      UnprocessedKeys?: object;
    }>(response);
    if (Object.keys(UnprocessedKeys).length > 0)
      throw new Error('DynamoDB Local left keys unprocessed');
    for (const target of targets) this.set(target, undefined);
    for (const [table, items] of Object.entries(Responses)) {
      for (const item of items)
        this.set(
          { table, key: pickAttributes(item, keyAttributesOf(this.shapeOf(table).key)) },
          item,
        );
    }
  }
}
