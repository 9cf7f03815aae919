import { FindingPath } from '../../contracts/reconciliation-api.ts';
import { noSuchFinding } from '../../shared/finding-problems.ts';
import { httpHandler, ok } from '../../shared/http-handler.ts';
import { getFinding } from '../use-cases/read-runs.ts';
import { toFindingView } from '../use-cases/views.ts';
import { findingStore } from '../wiring.ts';

const findings = findingStore();

export const handler = httpHandler({
  path: FindingPath,
  run: ({ path }) => getFinding(findings, path.findingId),
  respond: (finding) => ok(toFindingView(finding)),
  refusals: { notFound: noSuchFinding },
});
