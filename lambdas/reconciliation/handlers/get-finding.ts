import { FindingPath } from '../../contracts/reconciliation-api.ts';
import { noSuchFinding } from '../../shared/http/finding-problems.ts';
import { httpHandler, ok } from '../../shared/http/http-handler.ts';
import { toFindingView } from '../presenters/reconciliation-views.ts';
import { getFinding } from '../use-cases/read-runs.ts';
import { findingStore } from '../wiring.ts';

const findings = findingStore();

export const handler = httpHandler({
  path: FindingPath,
  run: ({ path }) => getFinding(findings, path.findingId),
  respond: (finding) => ok(toFindingView(finding)),
  refusals: { notFound: noSuchFinding },
});
