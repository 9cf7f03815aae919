import { RepairCellRequest } from '../../contracts/repair-api.ts';
import { httpHandler, ok } from '../../shared/http-handler.ts';
import { idempotencyKeyReused } from '../../shared/problem.ts';
import { bookMovedOn, notRepairable } from '../../shared/repair-problems.ts';
import { repairCell } from '../use-cases/repair-stock.ts';
import { stockStore } from '../wiring.ts';

const store = stockStore();

export const handler = httpHandler({
  body: RepairCellRequest,
  idempotent: true,
  run: ({ body, caller, idempotency, correlationId, now }) =>
    repairCell(store, { ...body, fingerprint: idempotency.fingerprint, by: caller.id, correlationId, now }),
  respond: ({ version }) => ok({ outcome: 'repaired', status: String(version) }),
  refusals: { keyReused: idempotencyKeyReused, movedOn: bookMovedOn, notRepairable },
});
