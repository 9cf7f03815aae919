import { ListFindingsQuery } from '../../contracts/reconciliation-api.ts';
import { httpHandler, ok } from '../../shared/http-handler.ts';
import { toPageView } from '../../shared/page.ts';
import { listFindings } from '../use-cases/read-runs.ts';
import { toFindingView } from '../use-cases/views.ts';
import { findingStore } from '../wiring.ts';

const findings = findingStore();

export const handler = httpHandler({
  query: ListFindingsQuery,
  run: ({ query }) => listFindings(findings, query),
  respond: (page) => ok(toPageView(page, toFindingView)),
  refusals: {},
});
