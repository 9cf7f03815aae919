import { AuditQuery } from '../../contracts/audit-api.ts';
import { httpHandler, ok } from '../../shared/http/http-handler.ts';
import { auditPayments } from '../use-cases/audit-payments.ts';
import { paymentPorts, paymentWalk } from '../wiring.ts';

const ports = { ...(await paymentPorts()), walk: paymentWalk() };

export const handler = httpHandler({
  query: AuditQuery,
  run: ({ query, now }) => auditPayments(ports, query, now),
  respond: ok,
  refusals: {},
});
