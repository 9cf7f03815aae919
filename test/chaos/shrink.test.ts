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

/** Returns a run that fails as long as these customers and faults are present. */
const failingWhen =
  (customers: readonly number[], faults: readonly string[]) =>
  async ({ absentCustomers, suppressedFaults }: ChaosScenario): Promise<ScenarioReport> => {
    const remaining = FAULTS.filter((fault) => !suppressedFaults?.has(fault));
    const fails =
      customers.every((one) => !absentCustomers?.has(one)) &&
      faults.every((fault) => remaining.includes(fault));
    return createReport(fails ? ['I1 tea'] : [], remaining);
  };

test('removes customers, then faults, as long as the scenario still fails', async () => {
  const { scenario, report } = await shrinkScenario(failingWhen([7, 31], ['fault-4']), SCENARIO);

  const remaining = Array.from({ length: CUSTOMERS }, (_, number) => number).filter(
    (one) => !scenario.absentCustomers?.has(one),
  );
  expect(remaining).toEqual([7, 31]);
  expect(report.faultKeys).toEqual(['fault-4']);
  expect(report.violations).toEqual(['I1 tea']);
});

test('throws for a scenario that does not fail', async () => {
  await expect(shrinkScenario(async () => createReport([], FAULTS), SCENARIO)).rejects.toThrow(
    'does not fail',
  );
});
