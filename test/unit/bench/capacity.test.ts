import { describe, expect, test } from 'vitest';
import { actionsOf } from '../../../bench/capacity/actions.ts';
import { type Item, itemBytes, type Value } from '../../../bench/capacity/item-size.ts';
import { itemsReadUnits, writtenUnits } from '../../../bench/capacity/request-units.ts';
import { type TableShape, toTableShape } from '../../../bench/capacity/table-shape.ts';
import {
  indexWriteUnits,
  itemReadUnits,
  pageReadUnits,
  streamReadUsd,
  writeUnits,
} from '../../../bench/capacity/units.ts';

const KEY_BYTES = 6;
const KEY: Item = { pk: { S: 'a' }, sk: { S: 'b' } };
/** Returns an item of exactly this size. */
const itemOfBytes = (bytes: number, more: Item = {}): Item => {
  const item = { ...KEY, ...more, x: { S: '' } };
  return { ...item, x: { S: 'x'.repeat(bytes - itemBytes(item)) } };
};

describe('the size of an item', () => {
  const bytesOf = (value: Value) => itemBytes({ n: value }) - 'n'.length;

  test.each<[text: string, bytes: number]>([
    ['0', 1],
    ['1', 2],
    ['12', 2],
    ['123', 3],
    ['1200', 2],
    ['0.012', 2],
    ['1e10', 2],
    ['-1', 3],
    ['-0.123', 4],
    ['9'.repeat(38), 20],
  ])('of the number %s is %i bytes', (text, bytes) => {
    expect(bytesOf({ N: text })).toBe(bytes);
  });

  test.each<[value: Value, bytes: number]>([
    [{ S: '' }, 0],
    [{ S: 'é' }, 2],
    [{ B: 'AQID' }, 3],
    [{ BOOL: false }, 1],
    [{ NULL: true }, 1],
    [{ SS: ['ab', 'c'] }, 3],
    [{ NS: ['1', '-1'] }, 5],
    [{ BS: ['AQID', 'AQ=='] }, 4],
    [{ L: [] }, 3],
    [{ L: [{ S: 'ab' }, { BOOL: true }] }, 8],
    [{ M: {} }, 3],
    [{ M: { kk: { S: 'ab' } } }, 8],
    [{ M: { k: { M: { j: { N: '1' } } } } }, 12],
  ])('of %j is %i bytes', (value, bytes) => {
    expect(bytesOf(value)).toBe(bytes);
  });

  test('counts the names of attributes in UTF-8', () => {
    expect(itemBytes({ é: { S: 'a' } })).toBe(3);
    expect(itemBytes(KEY)).toBe(KEY_BYTES);
  });

  test('throws for an invalid value', () => {
    expect(() => itemBytes({ n: { N: 'many' } })).toThrow('not a number of DynamoDB: many');
    expect(() => itemBytes({ n: {} as Value })).toThrow('not a value of DynamoDB');
  });
});

describe('a write', () => {
  test.each([
    [1_023, 1],
    [1_024, 1],
    [1_025, 2],
    [2_048, 2],
    [2_049, 3],
  ])('of %i bytes takes %i units', (bytes, units) => {
    expect(writeUnits({ after: itemOfBytes(bytes) })).toBe(units);
  });

  test('takes the larger of the item before and after', () => {
    expect(writeUnits({ before: itemOfBytes(3_000), after: KEY })).toBe(3);
    expect(writeUnits({ before: KEY, after: itemOfBytes(3_000) })).toBe(3);
  });

  test('that deletes takes the size of the stored item, or one unit without one', () => {
    expect(writeUnits({ before: itemOfBytes(1_025) })).toBe(2);
    expect(writeUnits({})).toBe(1);
  });
});

describe('a read', () => {
  test.each([
    [4_095, 1],
    [4_096, 1],
    [4_097, 2],
  ])(
    'of %i bytes takes %i units, half of it if eventually consistent, twice if transactional',
    (bytes, units) => {
      const item = itemOfBytes(bytes);

      expect(itemReadUnits(item, 'strong')).toBe(units);
      expect(itemReadUnits(item, 'eventual')).toBe(units / 2);
      expect(itemReadUnits(item, 'transactional')).toBe(units * 2);
    },
  );

  test('of a missing item takes one step', () => {
    expect(itemsReadUnits([undefined, undefined], 'strong').readUnits).toBe(2);
  });

  test('rounds each item of a batch, and the sum of a page', () => {
    const items = [itemOfBytes(1_500), itemOfBytes(6_500)];

    expect(itemsReadUnits(items, 'strong').readUnits).toBe(3);
    expect(pageReadUnits(items, 'strong')).toBe(2);
    expect(pageReadUnits([itemOfBytes(2_048), itemOfBytes(2_048), KEY], 'eventual')).toBe(1);
  });
});

const TABLE = toTableShape('stock', {
  KeySchema: [
    { AttributeName: 'pk', KeyType: 'HASH' },
    { AttributeName: 'sk', KeyType: 'RANGE' },
  ],
  GlobalSecondaryIndexes: [
    {
      IndexName: 'listed',
      KeySchema: [{ AttributeName: 'listed', KeyType: 'HASH' }],
      Projection: { ProjectionType: 'KEYS_ONLY' },
    },
    {
      IndexName: 'named',
      KeySchema: [{ AttributeName: 'named', KeyType: 'HASH' }],
      Projection: { ProjectionType: 'INCLUDE', NonKeyAttributes: ['price'] },
    },
    {
      IndexName: 'whole',
      KeySchema: [{ AttributeName: 'whole', KeyType: 'HASH' }],
      Projection: { ProjectionType: 'ALL' },
    },
  ],
});
const indexOf = (name: string) => {
  const index = TABLE.indexes.find((one) => one.name === name);
  if (index === undefined) throw new Error(`no index ${name}`);
  return index;
};
const shapeOf = (): TableShape => TABLE;

describe('an index', () => {
  const units = (name: string, before?: Item, after?: Item) =>
    indexWriteUnits(indexOf(name), TABLE, { before, after });
  const listed = (listed: string, more: Item = {}): Item => ({
    ...KEY,
    listed: { S: listed },
    ...more,
  });

  test('takes one write for an added or a removed entry', () => {
    expect(units('listed', undefined, listed('a'))).toBe(1);
    expect(units('listed', KEY, listed('a'))).toBe(1);
    expect(units('listed', listed('a'), KEY)).toBe(1);
    expect(units('listed', listed('a'), undefined)).toBe(1);
  });

  test('takes two writes if its key changes', () => {
    expect(units('listed', listed('a'), listed('b'))).toBe(2);
  });

  test('takes no write for an item outside the index or an unprojected change', () => {
    expect(units('listed', KEY, { ...KEY, price: { N: '1' } })).toBe(0);
    expect(units('listed', listed('a'), listed('a', { price: { N: '1' } }))).toBe(0);
  });

  test('takes one write if a projected attribute changes', () => {
    const named = (price: string) => ({ ...KEY, named: { S: 'a' }, price: { N: price } });

    expect(units('named', named('1'), named('2'))).toBe(1);
    expect(units('named', named('1'), { ...named('1'), colour: { S: 'red' } })).toBe(0);
  });

  test('is billed by the size of its own entry', () => {
    const whole = itemOfBytes(2_049, { whole: { S: 'a' } });
    const keysOnly = itemOfBytes(2_049, { listed: { S: 'a' } });

    expect(units('whole', undefined, whole)).toBe(3);
    expect(units('listed', undefined, keysOnly)).toBe(1);
  });
});

describe('a request', () => {
  const put = (item: Item, table = 'stock') => ({ Put: { TableName: table, Item: item } });

  test('in a transaction takes twice the units of each item, and the indexes once', () => {
    const actions = actionsOf(
      {
        operation: 'TransactWriteItems',
        body: {
          TransactItems: [
            put({ ...KEY, listed: { S: 'a' } }),
            { Update: { TableName: 'stock', Key: { pk: { S: 'c' }, sk: { S: 'd' } } } },
            { ConditionCheck: { TableName: 'stock', Key: { pk: { S: 'e' }, sk: { S: 'f' } } } },
          ],
        },
      },
      shapeOf,
    );
    const images = [
      { after: { ...KEY, listed: { S: 'a' } } },
      { before: itemOfBytes(1_025), after: itemOfBytes(1_000) },
      { before: itemOfBytes(10), after: itemOfBytes(10) },
    ];
    const written = actions.map((action, place) => ({ action, images: images[place] ?? {} }));

    expect(actions.map(({ kind }) => kind)).toEqual(['put', 'update', 'check']);
    expect(writtenUnits(written, true, shapeOf)).toEqual({
      readUnits: 0,
      writeUnits: 2 + 4 + 2,
      gsiWriteUnits: 1,
    });
    expect(writtenUnits(written, false, shapeOf).writeUnits).toBe(4);
  });

  test('names its items by their keys, also in batches', () => {
    const batch = {
      operation: 'BatchWriteItem',
      body: { RequestItems: { stock: [{ PutRequest: { Item: itemOfBytes(9) } }] } },
    };

    expect(actionsOf(batch, shapeOf)).toEqual([
      { kind: 'put', table: 'stock', key: KEY, item: itemOfBytes(9) },
    ]);
    expect(actionsOf({ operation: 'Query', body: {} }, shapeOf)).toEqual([]);
    expect(() => actionsOf({ operation: 'ExecuteStatement', body: {} }, shapeOf)).toThrow(
      'cannot be counted',
    );
  });

  test('is free for a stream only if Lambda sends it', () => {
    expect(streamReadUsd(1_000_000, 'lambda')).toBe(0);
    expect(streamReadUsd(1_000_000, 'other')).toBeCloseTo(0.2);
  });
});
