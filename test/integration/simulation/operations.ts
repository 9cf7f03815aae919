import fc from 'fast-check';
import { bucket, condition, conditional, guard, number, small, update } from './expressions.ts';

const key = fc.record({
  pk: fc.constantFrom('CELL#tea#main#0', 'CELL#cup#main#0', 'RUN'),
  sk: fc.constantFrom('BALANCE', 'MOVE#1', 'MOVE#2'),
});

type KeyOf = { readonly pk: string; readonly sk: string };
const wireKey = ({ pk, sk }: KeyOf) => ({ pk: { S: pk }, sk: { S: sk } });

const item = fc
  .record(
    {
      key,
      version: small,
      available: small,
      committed: small,
      held: fc.dictionary(bucket, small, { maxKeys: 3 }),
      status: fc.constantFrom('HELD', 'RELEASED'),
      listed: fc.constantFrom('skus', 'runs'),
      at: fc.integer({ min: 0, max: 3 }),
      lastCount: fc.record({ countId: fc.constantFrom('count-1', 'count-2') }),
      lines: fc.array(fc.record({ sku: fc.constantFrom('tea', 'cup'), quantity: small }), {
        maxLength: 2,
      }),
      isDone: fc.boolean(),
      nothing: fc.constant(null),
    },
    { requiredKeys: ['key'] },
  )
  .map(({ key: at, ...fields }) => ({
    ...wireKey(at),
    ...(toWire(fields) as { readonly M: object }).M,
  }));

function toWire(value: unknown): object {
  if (typeof value === 'string') return { S: value };
  if (typeof value === 'number') return number(value);
  if (typeof value === 'boolean') return { BOOL: value };
  if (value === null) return { NULL: true };
  if (Array.isArray(value)) return { L: value.map(toWire) };
  return {
    M: Object.fromEntries(
      Object.entries(value as object).map(([name, inner]) => [name, toWire(inner)]),
    ),
  };
}

const putArbitrary = fc
  .tuple(item, guard, fc.boolean())
  .map(([Item, given, old]) => ({ Item, ...conditional(given, old) }));

const deleteArbitrary = fc
  .tuple(key, guard, fc.boolean())
  .map(([of, given, old]) => ({ Key: wireKey(of), ...conditional(given, old) }));

const updateArbitrary = fc
  .tuple(key, update, guard, fc.boolean())
  .map(([of, change, given, old]) => ({
    Key: wireKey(of),
    UpdateExpression: change.text,
    // Both expressions share the values; those of the update win in both tables.
    ...conditional(given, old, change),
  }));

const checkArbitrary = fc
  .tuple(key, condition, fc.boolean())
  .map(([of, given, old]) => ({ Key: wireKey(of), ...conditional(given, old) }));

const action = fc.oneof(
  putArbitrary.map((Put) => ({ Put })),
  updateArbitrary.map((Update) => ({ Update })),
  deleteArbitrary.map((Delete) => ({ Delete })),
  checkArbitrary.map((ConditionCheck) => ({ ConditionCheck })),
);

/**
 * Actions on different items. AWS always rejects two actions on one item; DynamoDB Local does so
 * only if no condition fails first.
 */
const actions = fc.uniqueArray(action, { minLength: 1, maxLength: 4, selector: itemOf });

function itemOf(one: Readonly<Record<string, unknown>>): string {
  const { Key, Item } = Object.values(one)[0] as {
    readonly Key?: KeyValue;
    readonly Item?: KeyValue;
  };
  return `${(Key ?? Item)?.pk.S} ${(Key ?? Item)?.sk.S}`;
}

type KeyValue = { readonly pk: { readonly S: string }; readonly sk: { readonly S: string } };

export type Operation = {
  readonly name: string;
  readonly request: (tableName: string) => object;
  readonly isOrdered: boolean;
};

const toOperation = (
  name: string,
  isOrdered: boolean,
  request: (tableName: string) => object,
): Operation => ({
  name,
  isOrdered,
  request,
});

const toSingleItemOperation = (name: string) => (fields: object) =>
  toOperation(name, true, (TableName) => ({ TableName, ...fields }));

export const operation: fc.Arbitrary<Operation> = fc.oneof(
  { weight: 4, arbitrary: putArbitrary.map(toSingleItemOperation('PutItem')) },
  { weight: 4, arbitrary: updateArbitrary.map(toSingleItemOperation('UpdateItem')) },
  { weight: 1, arbitrary: deleteArbitrary.map(toSingleItemOperation('DeleteItem')) },
  {
    weight: 2,
    arbitrary: key.map((at) =>
      toSingleItemOperation('GetItem')({ Key: wireKey(at), ConsistentRead: true }),
    ),
  },
  {
    weight: 1,
    arbitrary: fc.array(key, { maxLength: 4 }).map((keys) =>
      toOperation('BatchGetItem', false, (name) => ({
        RequestItems: { [name]: { Keys: keys.map(wireKey), ConsistentRead: true } },
      })),
    ),
  },
  {
    weight: 6,
    arbitrary: fc
      .tuple(actions, fc.option(fc.constantFrom('token-1', 'token-2'), { nil: undefined }))
      .map(([chosen, token]) =>
        toOperation('TransactWriteItems', true, (TableName) => ({
          ...(token === undefined
            ? {}
            : { ClientRequestToken: `${token}-${TableName}`.slice(0, 36) }),
          TransactItems: chosen.map((one) =>
            Object.fromEntries(
              Object.entries(one).map(([kind, fields]) => [
                kind,
                { TableName, ...(fields as object) },
              ]),
            ),
          ),
        })),
      ),
  },
  {
    weight: 2,
    arbitrary: fc
      .tuple(
        key,
        fc.constantFrom(
          '',
          ' AND begins_with(sk, :a)',
          ' AND sk BETWEEN :a AND :b',
          ' AND sk > :a',
        ),
        fc.boolean(),
        fc.option(fc.integer({ min: 1, max: 3 }), { nil: undefined }),
      )
      .map(([{ pk }, range, forward, Limit]) =>
        toOperation('Query', true, (TableName) => ({
          TableName,
          KeyConditionExpression: `pk = :pk${range}`,
          ExpressionAttributeValues: {
            ':pk': { S: pk },
            ...(range.includes(':a') ? { ':a': { S: 'MOVE#' } } : {}),
            ...(range.includes(':b') ? { ':b': { S: 'MOVE#1~' } } : {}),
          },
          ScanIndexForward: forward,
          ...(Limit === undefined ? {} : { Limit }),
        })),
      ),
  },
  {
    weight: 1,
    arbitrary: fc
      .tuple(fc.constantFrom('skus', 'runs'), fc.integer({ min: 0, max: 3 }))
      .map(([list, since]) =>
        toOperation('Query', false, (TableName) => ({
          TableName,
          IndexName: 'listing',
          KeyConditionExpression: 'listed = :list AND #at >= :since',
          ExpressionAttributeNames: { '#at': 'at' },
          ExpressionAttributeValues: { ':list': { S: list }, ':since': number(since) },
        })),
      ),
  },
  {
    weight: 1,
    arbitrary: guard.map((given) =>
      toOperation('Scan', false, (TableName) => {
        const { ConditionExpression: FilterExpression, ...rest } = conditional(
          given,
          false,
        ) as Readonly<Record<string, unknown>>;
        return {
          TableName,
          ConsistentRead: true,
          ...rest,
          ...(FilterExpression === undefined ? {} : { FilterExpression }),
        };
      }),
    ),
  },
);
