import { ListFindingsQuery } from '../../contracts/reconciliation-api.ts';
import { toPageView } from '../../shared/core/page.ts';
import { httpHandler, ok } from '../../shared/http/http-handler.ts';
import { toFindingView } from '../presenters/reconciliation-views.ts';
import { listFindings } from '../use-cases/read-runs.ts';
import { findingStore } from '../wiring.ts';

const findings = findingStore();

export const handler = httpHandler({
  query: ListFindingsQuery,
  run: ({ query }) => listFindings(findings, query),
  respond: (page) => ok(toPageView(page, toFindingView)),
  refusals: {},
});
