import { PostCountRequest } from '../../contracts/repair-api.ts';
import { created, httpHandler } from '../../shared/http-handler.ts';
import { idempotencyKeyReused } from '../../shared/problem.ts';
import { bookMovedOn, countSuperseded } from '../../shared/repair-problems.ts';
import { insufficientStock, noSuchSku } from '../../shared/stock-problems.ts';
import { toPostedCountView } from '../use-cases/audit-views.ts';
import { fingerprintOfCount, postCount } from '../use-cases/repair-stock.ts';
import { stockStore } from '../wiring.ts';

const store = stockStore();

export const handler = httpHandler({
  body: PostCountRequest,
  idempotent: true,
  run: ({ body, correlationId, now }) =>
    postCount(store, { ...body, fingerprint: fingerprintOfCount(body), correlationId, now }),
  respond: (count) => created(toPostedCountView(count)),
  refusals: {
    keyReused: idempotencyKeyReused,
    notFound: noSuchSku,
    movedOn: bookMovedOn,
    superseded: countSuperseded,
    insufficientStock,
  },
});
