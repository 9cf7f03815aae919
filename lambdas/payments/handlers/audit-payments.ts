import { AuditQuery } from '../../contracts/audit-api.ts';
import { httpHandler, ok } from '../../shared/http-handler.ts';
import { auditPayments } from '../use-cases/audit-payments.ts';
import { paymentWalk } from '../wiring.ts';

const payments = paymentWalk();

export const handler = httpHandler({
  query: AuditQuery,
  run: ({ query }) => auditPayments(payments, query),
  respond: ok,
  refusals: {},
});
