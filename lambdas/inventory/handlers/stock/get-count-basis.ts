import { CountBasisQuery } from '../../../contracts/repair-api.ts';
import { systemClock } from '../../../shared/core/clock.ts';
import { httpHandler, ok } from '../../../shared/http/http-handler.ts';
import { noSuchSku } from '../../../shared/http/stock-problems.ts';
import { toCountBasisView } from '../../presenters/audit-views.ts';
import { countBasis } from '../../use-cases/stock/count-basis.ts';
import { auditReader, stockStore } from '../../wiring.ts';

const ports = { store: stockStore(), reader: auditReader(), clock: systemClock };

export const handler = httpHandler({
  query: CountBasisQuery,
  run: ({ query, now, deadline }) => countBasis(ports, query, { now, deadline }),
  respond: (basis) => ok(toCountBasisView(basis)),
  refusals: { notFound: noSuchSku },
});
