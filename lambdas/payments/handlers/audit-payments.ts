import * as routes from '../../contracts/routes/audit-routes.ts';
import { httpHandler, okResponse } from '../../shared/http/http-handler.ts';
import { auditPayments } from '../use-cases/audit-payments.ts';
import { paymentPorts, paymentReader } from '../wiring.ts';

const ports = { ...(await paymentPorts()), reader: paymentReader() };

export const handler = httpHandler(routes.auditPayments, {
  run: ({ query, now }) => auditPayments(ports, query, now),
  respond: okResponse,
  errors: {},
});
