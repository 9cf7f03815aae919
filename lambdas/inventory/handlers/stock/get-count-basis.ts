import * as routes from '../../../contracts/routes/audit-routes.ts';
import { systemClock } from '../../../shared/core/clock.ts';
import { httpHandler, okResponse } from '../../../shared/http/http-handler.ts';
import { skuNotFound } from '../../../shared/http/problems.ts';
import { toCountBasisView } from '../../presenters/audit-views.ts';
import { readCountBasis } from '../../use-cases/stock/count-basis.ts';
import { auditReader, stockStore } from '../../wiring.ts';

const ports = { store: stockStore(), reader: auditReader(), clock: systemClock };

export const handler = httpHandler(routes.getCountBasis, {
  run: ({ query, now, deadline }) => readCountBasis(ports, query, { now, deadline }),
  respond: (basis) => okResponse(toCountBasisView(basis)),
  errors: { notFound: skuNotFound },
});
