import { DismissFindingRequest, FindingPath } from '../../contracts/reconciliation-api.ts';
import {
  findingAlreadyClosed,
  findingChanged,
  findingNotFound,
} from '../../shared/http/finding-problems.ts';
import { httpHandler, okResponse } from '../../shared/http/http-handler.ts';
import { toFindingView } from '../presenters/reconciliation-views.ts';
import { dismissFinding } from '../use-cases/approve-finding.ts';
import { findingStore } from '../wiring.ts';

const findings = findingStore();

export const handler = httpHandler({
  path: FindingPath,
  body: DismissFindingRequest,
  idempotent: true,
  run: ({ path, body, caller, now }) =>
    dismissFinding(findings, { ...path, ...body, by: caller.id, now }),
  respond: (finding) => okResponse(toFindingView(finding)),
  errors: {
    notFound: findingNotFound,
    alreadyClosed: findingAlreadyClosed,
    changed: findingChanged,
  },
});
