import { expect, test } from 'vitest';
import type { TestModule } from 'vitest/node';
import SlowestFilesReporter from '../../support/runner/slowest-files-reporter.ts';

const moduleOf = (relativeModuleId: string, duration: number): TestModule =>
  ({
    relativeModuleId,
    diagnostic: () => ({ duration, collectDuration: 500, setupDuration: 0 }),
  }) as unknown as TestModule;

const printed = (modules: readonly TestModule[]): string => {
  const lines: string[] = [];
  new SlowestFilesReporter(undefined, (text) => lines.push(text)).onTestRunEnd(modules);
  return lines.join('\n');
};

test('prints the ten slowest files, the slowest first', () => {
  const modules = Array.from({ length: 12 }, (_, number) =>
    moduleOf(`${number}.ts`, 1_000 * number),
  );

  const lines = printed(modules).trim().split('\n');

  expect(lines).toHaveLength(11);
  expect(lines[1]).toBe('   11.5 s  11.ts');
  expect(lines.at(-1)).toBe('    2.5 s  2.ts');
});

test('prints nothing for a run of a few files', () => {
  expect(printed([moduleOf('a.ts', 1_000)])).toBe('');
});
