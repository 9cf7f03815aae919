import fc from 'fast-check';
import { describe, expect, expectTypeOf, test } from 'vitest';
import type { StoredAction } from '../../lambdas/reconciliation/adapters/finding-schemas.ts';
import type { RepairCommand } from '../../lambdas/reconciliation/domain/repair.ts';
import { UnreadableRecordError } from '../../lambdas/shared/core/unreadable-record.ts';
import type { Item } from '../../lambdas/shared/dynamodb/item.ts';
import {
  findRecordKind,
  kindNameOf,
  RECORD_KINDS,
  SAMPLE_RECORDS,
} from '../support/records/records.ts';

const RUNS = Number(process.env.RECORD_RUNS ?? 2_000);
/** Present in damaged values: no message may repeat it. */
const CANARY = 'canary-of-a-person';

type Path = readonly (string | number)[];

/** Attributes that only the table needs: indexes, housekeeping, and what a list reads. */
const STORED_ONLY = new Set([
  'pk',
  'sk',
  'ttl',
  'list',
  'listedAt',
  'listedSku',
  'listedProduct',
  'placed',
  'operationCell',
  'ownedBy',
  'ownedSince',
  'wake',
  'updatedAt',
]);

function pathsIn(value: unknown, path: Path = []): Path[] {
  if (typeof value !== 'object' || value === null) return path.length === 0 ? [] : [path];
  const inner = Object.entries(value)
    .filter(([name]) => path.length > 0 || !STORED_ONLY.has(name))
    .flatMap(([name, one]) => pathsIn(one, [...path, Array.isArray(value) ? Number(name) : name]));
  return path.length === 0 ? inner : [path, ...inner];
}

function changed(value: unknown, [first, ...rest]: Path, to: unknown): unknown {
  if (first === undefined) return to;
  if (Array.isArray(value))
    return value.map((one, index) => (index === first ? changed(one, rest, to) : one));
  const entries = Object.entries(value as object).flatMap(([name, one]): [string, unknown][] => {
    if (name !== String(first)) return [[name, one]];
    const after = changed(one, rest, to);
    return after === undefined ? [] : [[name, after]];
  });
  return Object.fromEntries(entries);
}

const damage = fc.oneof(
  fc.constantFrom<unknown[]>(undefined, null, CANARY, '', -1, 1.5, 1e40, true, [], {}, [CANARY], {
    CANARY,
  }),
  fc.constant(new Set([CANARY])),
  fc.constant(new Uint8Array([1, 2])),
  fc.double({ noNaN: true }),
  fc.jsonValue(),
);

const damaged = fc
  .tuple(fc.constantFrom(...Object.keys(SAMPLE_RECORDS)), fc.nat(), damage)
  .map(([name, pick, to]) => {
    const sample = SAMPLE_RECORDS[name] ?? {};
    const paths = pathsIn(sample);
    const path = paths[pick % paths.length] ?? [];
    return { name, path, sample, item: changed(sample, path, to) as Item };
  });

describe('a stored record', () => {
  test('of each kind has a sample here', () => {
    expect(Object.keys(SAMPLE_RECORDS).sort()).toEqual(RECORD_KINDS.map(kindNameOf).sort());
  });

  test('of each kind is read with all its attributes', () => {
    for (const [name, item] of Object.entries(SAMPLE_RECORDS)) {
      const { ttl: _ttl, type: _type, pk: _pk, sk: _sk, ...attributes } = item;
      expect(attributes, name).toMatchObject(findRecordKind(name).read(item) as object);
    }
  });

  test('keeps attributes that a later version wrote', () => {
    for (const [name, item] of Object.entries(SAMPLE_RECORDS)) {
      expect(findRecordKind(name).read({ ...item, later: { version: 2 } }), name).toMatchObject({
        later: { version: 2 },
      });
    }
  });

  test('without any one of its attributes, or with one of another type, is told by the name of the attribute', () => {
    const accepted: string[] = [];
    for (const [name, sample] of Object.entries(SAMPLE_RECORDS)) {
      for (const attribute of Object.keys(sample).filter((one) => !STORED_ONLY.has(one))) {
        const before = sample[attribute];
        const other = typeof before === 'object' ? CANARY : { CANARY };
        try {
          findRecordKind(name).read({ ...sample, [attribute]: other });
          accepted.push(`${name} ${attribute}`);
        } catch (error) {
          expect(error).toBeInstanceOf(UnreadableRecordError);
          expect(String(error)).not.toContain(CANARY);
        }
      }
    }
    // A finding's text has any form, and only the sum of claims is checked by name.
    expect(accepted).toEqual([
      'reconciliation finding expected',
      'reconciliation finding actual',
      'reconciliation finding difference',
    ]);
  });

  test('with any damage is read as what its kind is, or is unreadable and says where without a value', () => {
    let unreadable = 0;
    fc.assert(
      fc.property(damaged, ({ name, item }) => {
        try {
          findRecordKind(name).read(item);
        } catch (error) {
          if (!(error instanceof UnreadableRecordError)) throw error;
          unreadable += 1;
          const { key, problem, table } = error.record;
          expect(problem).not.toContain(CANARY);
          expect(`${key} ${table}`).not.toContain('alice');
          expect(problem.length).toBeGreaterThan(0);
        }
      }),
      { numRuns: RUNS },
    );
    expect(unreadable).toBeGreaterThan(RUNS / 2);
  });

  test('whose attributes name another record is unreadable', () => {
    const reservation = { ...SAMPLE_RECORDS['inventory reservation'], reservationId: 'res-2' };

    expect(() => findRecordKind('inventory reservation').read(reservation)).toThrow(
      'its attributes name another key',
    );
  });

  test('with a repair of a finding is read for every action that there is', () => {
    expectTypeOf<StoredAction>().toEqualTypeOf<RepairCommand['action']>();
  });
});
