import type { Item } from './item-size.ts';
import { keyAttributesOf, pickAttributes, type TableShape } from './table-shape.ts';

/**
 * Effect of one request on one item. A check is a ConditionCheck: billed as a write, and writes
 * nothing.
 */
export type Action = {
  readonly kind: 'put' | 'update' | 'delete' | 'check' | 'get';
  readonly table: string;
  readonly key: Item;
  /** Item of a put. */
  readonly item?: Item;
};

type KeyedAction = { readonly TableName: string; readonly Key: Item };
type PutAction = { readonly TableName: string; readonly Item: Item };
type TransactItem = {
  readonly Put?: PutAction;
  readonly Update?: KeyedAction;
  readonly Delete?: KeyedAction;
  readonly ConditionCheck?: KeyedAction;
  readonly Get?: KeyedAction;
};
type BatchWrite = {
  readonly PutRequest?: { readonly Item: Item };
  readonly DeleteRequest?: { readonly Key: Item };
};

/** A request as sent: the operation of its target header, and its JSON. */
export type Request = {
  readonly operation: string;
  readonly body: Readonly<Record<string, unknown>>;
};

const TRANSACTIONAL: ReadonlySet<string> = new Set(['TransactWriteItems', 'TransactGetItems']);
export const isTransactional = ({ operation }: Request): boolean => TRANSACTIONAL.has(operation);

/**
 * Returns the items that a request names, in its order; none for queries, scans and requests
 * without items. Throws for PartiQL, whose statements name no items that could be counted.
 */
export function actionsOf(
  { operation, body }: Request,
  shapeOf: (table: string) => TableShape,
): Action[] {
  const put = ({ TableName, Item }: PutAction): Action => ({
    kind: 'put',
    table: TableName,
    key: pickAttributes(Item, keyAttributesOf(shapeOf(TableName).key)),
    item: Item,
  });
  const on = (kind: Action['kind'], { TableName, Key }: KeyedAction): Action => ({
    kind,
    table: TableName,
    key: Key,
  });
  switch (operation) {
    case 'PutItem':
      return [put(body as PutAction)];
    case 'UpdateItem':
      return [on('update', body as KeyedAction)];
    case 'DeleteItem':
      return [on('delete', body as KeyedAction)];
    case 'GetItem':
      return [on('get', body as KeyedAction)];
    case 'BatchGetItem':
      return Object.entries(
        body.RequestItems as Record<string, { readonly Keys: readonly Item[] }>,
      ).flatMap(([TableName, { Keys }]) => Keys.map((Key) => on('get', { TableName, Key })));
    case 'BatchWriteItem':
      return Object.entries(body.RequestItems as Record<string, readonly BatchWrite[]>).flatMap(
        ([TableName, writes]) =>
          writes.map(({ PutRequest, DeleteRequest }) => {
            if (PutRequest !== undefined) return put({ TableName, Item: PutRequest.Item });
            if (DeleteRequest !== undefined)
              return on('delete', { TableName, Key: DeleteRequest.Key });
            throw new Error('A batch write must put or delete.');
          }),
      );
    case 'TransactWriteItems':
    case 'TransactGetItems':
      return (body.TransactItems as readonly TransactItem[]).map((item) => {
        if (item.Put !== undefined) return put(item.Put);
        if (item.Update !== undefined) return on('update', item.Update);
        if (item.Delete !== undefined) return on('delete', item.Delete);
        if (item.ConditionCheck !== undefined) return on('check', item.ConditionCheck);
        if (item.Get !== undefined) return on('get', item.Get);
        throw new Error('The action of the transaction is not known.');
      });
    case 'ExecuteStatement':
    case 'ExecuteTransaction':
    case 'BatchExecuteStatement':
      throw new Error(`The units of ${operation} cannot be counted. Use operations on items.`);
    default:
      return [];
  }
}

/** Returns an id of an item that is unique over all tables. */
export const itemIdOf = ({ table, key }: Pick<Action, 'table' | 'key'>): string =>
  `${table} ${JSON.stringify(Object.entries(key).sort(([a], [b]) => (a < b ? -1 : 1)))}`;
