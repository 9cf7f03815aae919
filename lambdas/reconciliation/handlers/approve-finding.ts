import * as routes from '../../contracts/routes/reconciliation-routes.ts';
import { httpHandler, okResponse } from '../../shared/http/http-handler.ts';
import {
  conflict,
  findingAlreadyClosed,
  findingChanged,
  findingNotFound,
} from '../../shared/http/problems.ts';
import { toFindingView } from '../presenters/reconciliation-views.ts';
import { approveFinding } from '../use-cases/findings/approve-finding.ts';
import { repairPorts } from '../wiring.ts';

const ports = repairPorts();

export const handler = httpHandler(routes.approveFinding, {
  run: ({ params, body, caller, now }) =>
    approveFinding(ports, { ...params, ...body, by: caller.id, now }),
  respond: (finding) => okResponse(toFindingView(finding)),
  errors: {
    notFound: findingNotFound,
    alreadyClosed: findingAlreadyClosed,
    revisionConflict: findingChanged,
    alreadyApproved: conflict('FINDING_ALREADY_APPROVED', {
      detail: 'Another decision about the orders was approved before yours. Nothing was changed.',
      exposes: ['orderDecision'],
    }),
    noRepairProposed: conflict('NO_REPAIR_PROPOSED', {
      detail: 'This finding has no proposed repair. Follow the runbook page of its kind.',
    }),
    orderDecisionMissing: conflict('ORDER_DECISION_MISSING', {
      detail:
        'The count leaves these orders without units. Send "orderDecision": "cancel" or "keep".',
      exposes: ['orders'],
    }),
    repairRejected: conflict('REPAIR_REJECTED', {
      detail:
        'The owner of the record rejected the repair for the given reason, and nothing was changed. The finding stays open, unless a newer count closed it.',
      exposes: ['reason'],
    }),
  },
});
