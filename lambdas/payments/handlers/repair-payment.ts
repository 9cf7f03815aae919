import { OrderPath } from '../../contracts/orders-api.ts';
import { RepairPaymentRequest } from '../../contracts/repair-api.ts';
import { httpHandler, okResponse } from '../../shared/http/http-handler.ts';
import { conflict, notFound } from '../../shared/http/problem-details.ts';
import { versionConflict } from '../../shared/http/repair-problems.ts';
import { repairPayment } from '../use-cases/repair-payment.ts';
import { paymentPorts } from '../wiring.ts';

const ports = await paymentPorts();

export const handler = httpHandler({
  path: OrderPath,
  body: RepairPaymentRequest,
  idempotent: true,
  run: ({ path, body, correlationId, now }) =>
    repairPayment(ports, { ...path, ...body, correlationId }, now),
  respond: ({ status }) => okResponse({ outcome: 'repaired', status }),
  errors: {
    notFound: notFound('NOT_FOUND', { detail: 'There is no such payment.' }),
    versionConflict,
    captureFailed: conflict('CAPTURE_FAILED', {
      detail: 'The provider did not capture the payment.',
      exposes: ['reason'],
    }),
    refundFailed: conflict('REFUND_FAILED', {
      detail: 'The provider did not refund the payment.',
      exposes: ['reason'],
    }),
  },
});
