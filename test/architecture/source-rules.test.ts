import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { layerOf } from './import-rules.ts';
import { readSources, type Source, withoutComments } from './sources.ts';

const LINES_MAX = 250;
const FILES_MAX = 15;
/** Longer files, until each is split. */
const STILL_TO_BE_SPLIT = [
  'bench/charts.ts',
  'bench/dynamodb-model/meter.ts',
  'bench/dynamodb-model/proxy/throttling-proxy.ts',
  'bench/order-cost.ts',
  'lambdas/inventory/adapters/book-records.ts',
  'lambdas/shared/events/event-publisher.ts',
  'test/chaos/chaos-scenario.ts',
  'test/durability/durability.ts',
  'test/fault-injection/flows/order-flows.ts',
  'test/fault-injection/flows/reconciliation-flows.ts',
  'test/integration/inventory/stock-store-contract.ts',
  'test/linearizability/inventory-history.ts',
  'test/linearizability/run.ts',
  'test/mutation/catalogue.ts',
  'test/property/inventory/interleaved-book.ts',
  'test/property/orders/customer-simulation.ts',
  'test/simulator/dynamodb/expression.ts',
  'test/simulator/functions/transport.ts',
  'test/simulator/messaging/simulated-queues.ts',
  'test/simulator/world.ts',
  'test/support/infra/stack-updates.ts',
  'test/support/orders.ts',
  'test/support/reconciliation.ts',
  'test/support/records.ts',
  'test/support/payments/stripe-double.ts',
];
const sources = readSources('lambdas', 'lib', 'bin', 'local', 'cli');

/** `process.env`, and the ways around it: taken apart, by index, imported. */
const ENVIRONMENT_ACCESS =
  /\bprocess\s*\??\.\s*env\b|\bprocess\s*\[|\benv\b[^=;]*\}\s*=\s*(?:globalThis\.)?process\b|\b(?:from|import)\s*\(?\s*['"](?:node:)?process['"]/;
/** The clock, chance, timers and whatever else gives another answer to the same arguments. `new Date(at)` does not. */
const IMPURE_EXPRESSION =
  /\bDate\s*\.\s*now\b|\bDate\s*\(\s*\)|\bnew\s+Date\b(?!\s*\(\s*[^)\s])|\bMath\s*\.\s*random\b|\bperformance\b|\bcrypto\b|\bset(?:Timeout|Interval|Immediate)\b|\bfetch\s*\(|\bprocess\s*[.?[;]|\bglobalThis\b|\bconsole\b|\bIntl\b|\.toLocale\w+\(|\bTemporal\s*\.\s*Now\b/;

const readsEnvironment = ({ text }: Source): boolean =>
  ENVIRONMENT_ACCESS.test(withoutComments(text));
const isImpure = ({ text }: Source): boolean => IMPURE_EXPRESSION.test(withoutComments(text));
const linesOf = ({ text }: Source): number =>
  text.split('\n').length - (text.endsWith('\n') ? 1 : 0);
const filesOf = (found: readonly Source[]): readonly string[] => found.map(({ file }) => file);

describe('the environment', () => {
  test('is read by a wiring, by the local runtime and by the tools, and by nothing else', () => {
    const others = sources.filter(
      ({ file }) => !['wiring', 'local', 'cli', 'generators'].includes(layerOf(file) ?? ''),
    );

    expect(filesOf(others.filter(readsEnvironment))).toEqual([]);
  });

  test('is read by each wiring', () => {
    const wirings = sources.filter(({ file }) => layerOf(file) === 'wiring');

    expect(wirings.length).toBeGreaterThanOrEqual(4);
    expect(filesOf(wirings.filter((wiring) => !readsEnvironment(wiring)))).toEqual([]);
  });

  test.each([
    'const name = process.env.TABLE;',
    "const name = process?.env['TABLE'];",
    "const name = process['env'].TABLE;",
    'const { env } = process;',
    'const { env: { TABLE } } = process;',
    "import { env } from 'node:process';",
    "import process from 'process';",
    "const { env } = await import('process');",
  ])('a planted reading is found: %s', (text) => {
    expect(readsEnvironment({ file: 'planted.ts', text })).toBe(true);
  });

  test.each([
    '// Only a wiring reads process.env.',
    'process.exitCode = 1;',
    'const { env } = options;',
  ])('but this is none: %s', (text) => {
    expect(readsEnvironment({ file: 'planted.ts', text })).toBe(false);
  });
});

describe('clock and chance', () => {
  const pure = sources.filter(({ file }) =>
    ['domain', 'use-cases', 'core'].includes(layerOf(file) ?? ''),
  );

  test('are known to no domain and no use-case: both are told the time', () => {
    expect(pure.length).toBeGreaterThan(40);
    expect(filesOf(pure.filter(isImpure))).toEqual([]);
  });

  test.each([
    'const now = Date.now();',
    'const now = new Date();',
    'const now = new Date;',
    'const now = Date();',
    'const chance = Math.random();',
    'const id = crypto.randomUUID();',
    'const now = performance.now();',
    'setTimeout(retry, 10);',
    'const clock = globalThis.Date;',
    "const answer = await fetch('https://example.com');",
    "console.log('here');",
    'const day = at.toLocaleDateString();',
  ])('a planted one is found: %s', (text) => {
    expect(isImpure({ file: 'planted.ts', text })).toBe(true);
  });

  test.each([
    'const text = new Date(at).toISOString();',
    'const at = Date.parse(text);',
    'const due = fetched(now);',
    '/** The time is told, never Date.now(). */',
  ])('but this is none: %s', (text) => {
    expect(isImpure({ file: 'planted.ts', text })).toBe(false);
  });
});

describe('length', () => {
  test(`no file is over ${LINES_MAX} lines`, () => {
    const long = [...sources, ...readSources('bench', 'test')]
      .filter(({ file }) => !file.endsWith('.test.ts'))
      .filter((source) => linesOf(source) > LINES_MAX);

    expect(filesOf(long).filter((file) => !STILL_TO_BE_SPLIT.includes(file))).toEqual([]);
  });

  test.each([
    [LINES_MAX - 1, false],
    [LINES_MAX, false],
    [LINES_MAX + 1, true],
  ])('%i lines are too many: %s', (lines, isLong) => {
    expect(linesOf({ file: 'planted.ts', text: 'a;\n'.repeat(lines) }) > LINES_MAX).toBe(isLong);
  });
});

describe('folders', () => {
  test(`hold at most ${FILES_MAX} code files each`, () => {
    const sizes = Map.groupBy([...sources, ...readSources('bench', 'test')], ({ file }) =>
      path.posix.dirname(file),
    );
    const large = [...sizes].filter(([, files]) => files.length > FILES_MAX);

    expect(large.map(([folder]) => folder)).toEqual([]);
  });
});
