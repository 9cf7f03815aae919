import type { ChaosScenario, ScenarioReport } from './chaos-scenario.ts';

/** Maximum runs to reduce a scenario. */
const RUNS_MAX = 80;

/**
 * Returns the smallest failing scenario that was found. Removes customers, then faults, in ever
 * smaller parts (delta debugging, Zeller 1999). Removing a part does not change the random draws of
 * the rest.
 */
export async function shrinkScenario(
  run: (scenario: ChaosScenario) => Promise<ScenarioReport>,
  scenario: ChaosScenario,
): Promise<{ readonly scenario: ChaosScenario; readonly report: ScenarioReport }> {
  let runs = 0;
  const runIfFailing = async (smaller: ChaosScenario): Promise<ScenarioReport | undefined> => {
    runs += 1;
    const report = await run(smaller);
    return report.violations.length > 0 ? report : undefined;
  };
  const first = await runIfFailing(scenario);
  if (first === undefined) throw new Error(`Scenario ${scenario.seed} does not fail.`);
  let best = { scenario, report: first };

  const removeParts = async <Part>(
    parts: readonly Part[],
    withoutParts: (removed: ReadonlySet<Part>) => ChaosScenario,
  ): Promise<void> => {
    let remaining = [...parts];
    for (
      let size = Math.ceil(remaining.length / 2);
      size >= 1 && runs < RUNS_MAX;
      size = size === 1 ? 0 : Math.ceil(size / 2)
    ) {
      for (let from = 0; from < remaining.length && runs < RUNS_MAX; ) {
        const kept = [...remaining.slice(0, from), ...remaining.slice(from + size)];
        const removed = new Set(parts.filter((part) => !kept.includes(part)));
        const smaller = withoutParts(removed);
        const report = await runIfFailing(smaller);
        if (report === undefined) from += size;
        else {
          best = { scenario: smaller, report };
          remaining = kept;
        }
      }
    }
  };
  const all = Array.from({ length: scenario.customers }, (_, number) => number);
  await removeParts(all, (absentCustomers) => ({ ...best.scenario, absentCustomers }));
  await removeParts(best.report.faultKeys, (suppressedFaults) => ({
    ...best.scenario,
    suppressedFaults,
  }));
  return best;
}
