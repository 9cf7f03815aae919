import * as routes from '../../contracts/routes/reconciliation-routes.ts';
import { toPageView } from '../../shared/core/page.ts';
import { httpHandler, okResponse } from '../../shared/http/http-handler.ts';
import { toFindingView } from '../presenters/reconciliation-views.ts';
import { listFindings } from '../use-cases/runs/read-runs.ts';
import { findingStore } from '../wiring.ts';

const findings = findingStore();

export const handler = httpHandler(routes.listFindings, {
  run: ({ query }) => listFindings(findings, query),
  respond: (page) => okResponse(toPageView(page, toFindingView)),
  errors: {},
});
