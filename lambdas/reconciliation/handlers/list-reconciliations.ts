import { ListQuery } from '../../contracts/primitives.ts';
import { httpHandler, ok } from '../../shared/http-handler.ts';
import { toPageView } from '../../shared/page.ts';
import { listReconciliations } from '../use-cases/read-runs.ts';
import { toRunView } from '../use-cases/views.ts';
import { runStore } from '../wiring.ts';

const runs = runStore();

export const handler = httpHandler({
  query: ListQuery,
  run: ({ query }) => listReconciliations(runs, query),
  respond: (page) => ok(toPageView(page, toRunView)),
  refusals: {},
});
