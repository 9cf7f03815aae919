import * as routes from '../../contracts/routes/reconciliation-routes.ts';
import { httpHandler, okResponse } from '../../shared/http/http-handler.ts';
import { findingNotFound } from '../../shared/http/problems.ts';
import { toFindingView } from '../presenters/reconciliation-views.ts';
import { getFinding } from '../use-cases/runs/read-runs.ts';
import { findingStore } from '../wiring.ts';

const findings = findingStore();

export const handler = httpHandler(routes.getFinding, {
  run: ({ params }) => getFinding(findings, params.findingId),
  respond: (finding) => okResponse(toFindingView(finding)),
  errors: { notFound: findingNotFound },
});
