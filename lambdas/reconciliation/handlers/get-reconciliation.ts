import { ReconciliationPath } from '../../contracts/reconciliation-api.ts';
import { httpHandler, ok } from '../../shared/http-handler.ts';
import { notFound } from '../../shared/problem.ts';
import { getReconciliation } from '../use-cases/read-runs.ts';
import { toRunView } from '../use-cases/views.ts';
import { runStore } from '../wiring.ts';

const runs = runStore();

export const handler = httpHandler({
  path: ReconciliationPath,
  run: ({ path }) => getReconciliation(runs, path.reconciliationId),
  respond: (shown) => ok(toRunView(shown)),
  refusals: { notFound: notFound('NOT_FOUND', { detail: 'There is no such reconciliation.' }) },
});
