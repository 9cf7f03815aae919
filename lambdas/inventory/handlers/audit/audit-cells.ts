import * as routes from '../../../contracts/routes/audit-routes.ts';
import { systemClock } from '../../../shared/core/clock.ts';
import { httpHandler, okResponse } from '../../../shared/http/http-handler.ts';
import { toCellAuditPage } from '../../presenters/audit-views.ts';
import { runCellAudit } from '../../use-cases/audit/audit-cells.ts';
import { auditReader } from '../../wiring.ts';

const reader = auditReader();

export const handler = httpHandler(routes.auditCells, {
  run: ({ query, now }) => runCellAudit(reader, query, now, systemClock),
  respond: (audit) => okResponse(toCellAuditPage(audit)),
  errors: {},
});
