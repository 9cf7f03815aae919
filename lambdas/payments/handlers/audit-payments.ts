import { AuditQuery } from '../../contracts/audit-api.ts';
import { httpHandler, ok } from '../../shared/http-handler.ts';
import { auditPayments } from '../use-cases/audit-payments.ts';
import { paymentStore } from '../wiring.ts';

const payments = paymentStore();

export const handler = httpHandler({
  query: AuditQuery,
  run: ({ query }) => auditPayments(payments, query),
  respond: ok,
  refusals: {},
});
