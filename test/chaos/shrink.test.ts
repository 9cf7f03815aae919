import { expect, test } from 'vitest';
import type { ChaosScenario, ScenarioReport } from './chaos-scenario.ts';
import { shrinkScenario } from './shrink.ts';

const CUSTOMERS = 40;
const FAULTS = Array.from({ length: 30 }, (_, number) => `fault-${number}`);
const SCENARIO: ChaosScenario = { seed: 1, customers: CUSTOMERS };

const createReport = (
  violations: readonly string[],
  faultKeys: readonly string[],
): ScenarioReport => ({
  violations,
  faultKeys,
  sagas: {},
  orders: {},
  faults: {},
  invariants: {},
  calls: 0,
  trace: [],
  books: undefined,
});

/** Returns a scenario that fails as long as these customers and these faults are present. */
const failingWhen =
  (customers: readonly number[], faults: readonly string[]) =>
  async ({ absentCustomers, suppressedFaults }: ChaosScenario): Promise<ScenarioReport> => {
    const there = FAULTS.filter((fault) => !suppressedFaults?.has(fault));
    const fails =
      customers.every((one) => !absentCustomers?.has(one)) &&
      faults.every((fault) => there.includes(fault));
    return createReport(fails ? ['I1 tea'] : [], there);
  };

test('a scenario that fails is made as small as it still fails: customers first, then faults', async () => {
  const { scenario, report } = await shrinkScenario(failingWhen([7, 31], ['fault-4']), SCENARIO);

  const there = Array.from({ length: CUSTOMERS }, (_, number) => number).filter(
    (one) => !scenario.absentCustomers?.has(one),
  );
  expect(there).toEqual([7, 31]);
  expect(report.faultKeys).toEqual(['fault-4']);
  expect(report.violations).toEqual(['I1 tea']);
});

test('a scenario that does not fail when it is run again is an error', async () => {
  await expect(shrinkScenario(async () => createReport([], FAULTS), SCENARIO)).rejects.toThrow(
    'does not fail',
  );
});
