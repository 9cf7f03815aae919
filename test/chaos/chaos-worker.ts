import { loadSystemModel } from '../simulator/system-model.ts';
import { type ChaosScenario, runChaosScenario, type ScenarioReport } from './chaos-scenario.ts';

/** Summary of a scenario, without the trace and records that only a failed scenario needs. */
export type ScenarioSummary = Omit<ScenarioReport, 'trace' | 'books' | 'faultKeys'> & {
  readonly seed: number;
};

const [assembly = ''] = process.argv.slice(2);
const systemModel = await loadSystemModel(assembly);

process.on('message', async (scenario: ChaosScenario) => {
  const { violations, sagas, orders, faults, invariants, calls } = await runChaosScenario(
    systemModel,
    scenario,
  );
  const summary: ScenarioSummary = {
    seed: scenario.seed,
    violations,
    sagas,
    orders,
    faults,
    invariants,
    calls,
  };
  process.send?.(summary);
});
// The process that distributes the scenarios has ended.
process.on('disconnect', () => process.exit());
process.send?.('ready');
