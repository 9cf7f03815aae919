import type { CellName } from '../../contracts/audit-api.ts';
import type { FindingStatus } from '../../contracts/reconciliation-api.ts';
import { type Instant, plusDays } from '../../shared/core/instant.ts';
import type { Count } from '../domain/count.ts';
import type { Finding } from '../domain/finding.ts';
import { nameOfCell } from '../domain/repair.ts';
import type { Part, Run, Segment } from '../domain/run.ts';

/** A run and all that belongs to it are kept so long; findings and counts that are over as well. */
const RUN_DAYS = 90;
const SETTLED_DAYS = 400;

export type Key = { readonly pk: string; readonly sk: string };
export const RUN_LIST = 'RUN';
export const findingList = (status: FindingStatus): string => `FINDING#${status}`;

export const RUN_PREFIX = 'RUN#';
export const FINDING_PREFIX = 'FINDING#';
export const COUNT_PREFIX = 'COUNT#';

export const runKey = (id: string): Key => ({ pk: RUN_PREFIX + id, sk: 'RUN' });
export const SEGMENT_PREFIX = 'SEGMENT#';
export const segmentKey = ({ reconciliationId, walk, segment }: Part): Key => ({
  pk: runKey(reconciliationId).pk,
  sk: `${SEGMENT_PREFIX}${walk}#${segment}`,
});
export const NOTE_PREFIX = 'NOTE#';
export const noteKey = (id: string, findingId: string): Key => ({
  pk: runKey(id).pk,
  sk: NOTE_PREFIX + findingId,
});
export const HINT_PREFIX = 'HINT#';
export const hintPrefix = (cell: CellName): string => `${HINT_PREFIX}${nameOfCell(cell)}#`;
export const hintKey = (id: string, cell: CellName, reservationId: string): Key => ({
  pk: runKey(id).pk,
  sk: hintPrefix(cell) + reservationId,
});
export const CLAIM_PREFIX = 'CLAIM#';
export const claimKey = (id: string, thing: string): Key => ({
  pk: runKey(id).pk,
  sk: CLAIM_PREFIX + thing,
});
export const SPENT_PREFIX = 'SPENT#';
/** Of a sku, or of the whole run. */
export const spentKey = (id: string, sku = ''): Key => ({
  pk: runKey(id).pk,
  sk: SPENT_PREFIX + sku,
});
export const findingKey = (id: string): Key => ({ pk: FINDING_PREFIX + id, sk: 'FINDING' });
export const countKey = (id: string): Key => ({ pk: COUNT_PREFIX + id, sk: 'COUNT' });

/** Of what belongs to a run. */
export const ttlFrom = (at: Instant): number => plusDays(at, RUN_DAYS);

/** `list` and `listedAt` put it into the sparse index of what is listed, by kind and time. */
export const runItem = (run: Run): Record<string, unknown> => ({
  ...runKey(run.reconciliationId),
  type: 'run',
  ...run,
  list: RUN_LIST,
  listedAt: `${run.startedAt}#${run.reconciliationId}`,
  ttl: ttlFrom(Date.parse(run.startedAt)),
});

export const segmentItem = (segment: Segment): Record<string, unknown> => ({
  ...segmentKey(segment),
  type: 'segment',
  ...segment,
  ttl: ttlFrom(Date.parse(segment.updatedAt)),
});

export const findingItem = (finding: Finding): Record<string, unknown> => ({
  ...findingKey(finding.findingId),
  type: 'finding',
  ...finding,
  list: findingList(finding.status),
  listedAt: `${finding.detectedAt}#${finding.findingId}`,
  ...(finding.status === 'OPEN' || finding.status === 'APPROVED'
    ? {}
    : { ttl: plusDays(Date.parse(finding.updatedAt), SETTLED_DAYS) }),
});

export const countItem = (count: Count): Record<string, unknown> => ({
  ...countKey(count.countId),
  type: 'count',
  ...count,
  ttl: plusDays(Date.parse(count.updatedAt), SETTLED_DAYS),
});
