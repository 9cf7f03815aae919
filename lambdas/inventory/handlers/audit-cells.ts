import { CellAuditQuery } from '../../contracts/audit-api.ts';
import { systemClock } from '../../shared/clock.ts';
import { httpHandler, ok } from '../../shared/http-handler.ts';
import { runCellAudit } from '../use-cases/audit-cells.ts';
import { toCellAuditPage } from '../use-cases/audit-views.ts';
import { auditReader } from '../wiring.ts';

const reader = auditReader();

export const handler = httpHandler({
  query: CellAuditQuery,
  run: ({ query, now }) => runCellAudit(reader, query, now, systemClock),
  respond: (audit) => ok(toCellAuditPage(audit)),
  refusals: {},
});
