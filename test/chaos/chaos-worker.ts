import { loadBlueprint } from '../simulator/blueprint.ts';
import { chaos, type Story, type Told } from './chaos-story.ts';

/** What a worker tells of a story: without its trace and its books, which only a story that failed is asked for. */
export type Summary = Omit<Told, 'trace' | 'books' | 'faultKeys'> & { readonly seed: number };

const [assembly = ''] = process.argv.slice(2);
const blueprint = await loadBlueprint(assembly);

process.on('message', async (story: Story) => {
  const { violations, sagas, orders, faults, invariants, calls } = await chaos(blueprint, story);
  const summary: Summary = {
    seed: story.seed,
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
