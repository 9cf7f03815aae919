import * as routes from '../../contracts/routes/repair-routes.ts';
import { httpHandler, okResponse } from '../../shared/http/http-handler.ts';
import { conflict, notFound, versionConflict } from '../../shared/http/problems.ts';
import { repairPayment } from '../use-cases/repair-payment.ts';
import { paymentPorts } from '../wiring.ts';

const ports = await paymentPorts();

export const handler = httpHandler(routes.repairPayment, {
  run: ({ params, body, correlationId, now }) =>
    repairPayment(ports, { ...params, ...body, correlationId }, now),
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
