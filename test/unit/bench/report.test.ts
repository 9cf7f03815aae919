import { describe, expect, test } from 'vitest';
import { toReportFiles, toReportLine } from '../../../bench/report.ts';

const NOON = new Date('2026-01-02T12:00:00Z');

describe('a benchmark report', () => {
  test('starts with its name, the time and the machine, before the result', () => {
    const line = toReportLine('hot-sku', { shards: [1, 2] }, NOON);

    expect(Object.keys(line)).toEqual(['bench', 'at', 'machine', 'shards']);
    expect(line).toMatchObject({
      bench: 'hot-sku',
      at: '2026-01-02T12:00:00.000Z',
      machine: {
        cores: expect.any(Number),
        node: process.version,
        loadAverage: expect.any(Number),
      },
      shards: [1, 2],
    });
  });

  test('is saved as indented JSON, and each chart as an SVG', () => {
    const files = toReportFiles(
      'hot-sku',
      { bench: 'hot-sku' },
      { 'hot-sku-throughput': '<svg/>' },
    );

    expect(files).toEqual({
      'hot-sku.json': '{\n  "bench": "hot-sku"\n}\n',
      'hot-sku-throughput.svg': '<svg/>',
    });
  });

  test.each(['../hot', 'Hot', '', 'a.b'])(
    'rejects the name "%s", which is not valid for a file',
    (name) => {
      expect(() => toReportFiles(name, {})).toThrow(`"${name}" is not a valid file name`);
      expect(() => toReportFiles('hot-sku', {}, { [name]: '<svg/>' })).toThrow(
        `"${name}" is not a valid file name`,
      );
    },
  );
});
