import { describe, expect, test } from 'vitest';
import {
  compareDivergences,
  type Divergence,
  readDivergences,
} from '../../emulator/divergences.ts';

const listed = (...ids: readonly string[]): readonly Divergence[] =>
  ids.map((id) => ({ id, what: 'differs', workaround: 'none' }));

describe('the comparison of divergences', () => {
  test('finds none when those observed are those written', () => {
    expect(compareDivergences(listed('a', 'b'), ['b', 'a'])).toEqual({
      expected: ['a', 'b'],
      unlisted: [],
      gone: [],
    });
  });

  test('names a divergence that is not written, once', () => {
    expect(compareDivergences(listed('a'), ['a', 'b', 'b'])).toEqual({
      expected: ['a'],
      unlisted: ['b'],
      gone: [],
    });
  });

  test('names a written divergence that is not observed any more', () => {
    expect(compareDivergences(listed('a', 'b'), ['a'])).toEqual({
      expected: ['a'],
      unlisted: [],
      gone: ['b'],
    });
  });
});

describe('the written divergences', () => {
  const divergences = readDivergences();

  test('are each of a property, a probe or a test', () => {
    const ids = divergences.map(({ id }) => id);

    expect(ids.length).toBeGreaterThan(0);
    expect(ids.filter((id) => !/^(AWS::\w+::\w+\.[\w.]+|(probe|test): .+)$/.test(id))).toEqual([]);
    expect(new Set(ids).size).toBe(ids.length);
  });

  test('say what differs and what stands in for it', () => {
    const short = divergences.filter(
      ({ what, workaround }) => what.length < 20 || workaround.length < 10,
    );

    expect(short).toEqual([]);
  });
});
