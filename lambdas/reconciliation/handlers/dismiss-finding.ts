import * as routes from '../../contracts/routes/reconciliation-routes.ts';
import { httpHandler, okResponse } from '../../shared/http/http-handler.ts';
import {
  findingAlreadyClosed,
  findingChanged,
  findingNotFound,
} from '../../shared/http/problems.ts';
import { toFindingView } from '../presenters/reconciliation-views.ts';
import { dismissFinding } from '../use-cases/findings/dismiss-finding.ts';
import { findingStore } from '../wiring.ts';

const findings = findingStore();

export const handler = httpHandler(routes.dismissFinding, {
  run: ({ params, body, caller, now }) =>
    dismissFinding(findings, { ...params, ...body, by: caller.id, now }),
  respond: (finding) => okResponse(toFindingView(finding)),
  errors: {
    notFound: findingNotFound,
    alreadyClosed: findingAlreadyClosed,
    revisionConflict: findingChanged,
  },
});
