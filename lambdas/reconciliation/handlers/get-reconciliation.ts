import * as routes from '../../contracts/routes/reconciliation-routes.ts';
import { httpHandler, okResponse } from '../../shared/http/http-handler.ts';
import { notFound } from '../../shared/http/problems.ts';
import { toRunView } from '../presenters/reconciliation-views.ts';
import { getReconciliation } from '../use-cases/runs/read-runs.ts';
import { runStore } from '../wiring.ts';

const runs = runStore();

export const handler = httpHandler(routes.getReconciliation, {
  run: ({ params }) => getReconciliation(runs, params.reconciliationId),
  respond: (shown) => okResponse(toRunView(shown)),
  errors: { notFound: notFound('NOT_FOUND', { detail: 'There is no such reconciliation.' }) },
});
