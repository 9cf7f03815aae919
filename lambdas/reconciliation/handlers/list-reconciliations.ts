import * as routes from '../../contracts/routes/reconciliation-routes.ts';
import { toPageView } from '../../shared/core/page.ts';
import { httpHandler, okResponse } from '../../shared/http/http-handler.ts';
import { toRunView } from '../presenters/reconciliation-views.ts';
import { listReconciliations } from '../use-cases/runs/read-runs.ts';
import { runStore } from '../wiring.ts';

const runs = runStore();

export const handler = httpHandler(routes.listReconciliations, {
  run: ({ query }) => listReconciliations(runs, query),
  respond: (page) => okResponse(toPageView(page, toRunView)),
  errors: {},
});
