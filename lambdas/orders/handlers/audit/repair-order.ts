import * as routes from '../../../contracts/routes/repair-routes.ts';
import { httpHandler, okResponse } from '../../../shared/http/http-handler.ts';
import {
  conflict,
  idempotencyKeyReused,
  orderNotFound,
  versionConflict,
} from '../../../shared/http/problems.ts';
import { repairOrder } from '../../use-cases/staff/repair-order.ts';
import { orderStore, sagas } from '../../wiring.ts';

const SAGA_RETRY_AFTER_SECONDS = 60;
const ports = { orders: orderStore(), sagas: sagas() };

export const handler = httpHandler(routes.repairOrder, {
  run: ({ params, body, idempotency: { fingerprint }, now }) =>
    repairOrder(ports, { ...params, ...body, fingerprint, now }),
  respond: ({ status }) => okResponse({ outcome: 'repaired', status }),
  errors: {
    notFound: orderNotFound,
    keyReused: idempotencyKeyReused,
    versionConflict,
    sagaRunning: conflict('ORDER_IN_PROGRESS', {
      detail: 'A saga is processing the order, or the order waits for its customer.',
      retryAfterSeconds: SAGA_RETRY_AFTER_SECONDS,
    }),
    notResumable: conflict('ORDER_NOT_RESUMABLE', {
      detail: 'The order has no saga to resume.',
      exposes: ['orderStatus'],
    }),
    alreadyFulfilled: conflict('ALREADY_FULFILLED', {
      detail: 'The goods have shipped; the order cannot be cancelled.',
    }),
  },
});
