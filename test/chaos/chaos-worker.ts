import { loadSystemModel } from '../simulator/system-model.ts';
import { type ChaosScenario, runChaosScenario, type ScenarioReport } from './chaos-scenario.ts';

/** What a worker tells of a story: without its trace and its books, which only a story that failed is asked for. */
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
// The process that gives out the stories is gone.
process.on('disconnect', () => process.exit());
process.send?.('ready');
