import type { CellName } from '../../contracts/api/audit.ts';
import type { FindingStatus } from '../../contracts/api/reconciliation.ts';
import { epochSecondsAfterDays, type Instant } from '../../shared/core/instant.ts';
import type { Key } from '../../shared/dynamodb/table.ts';
import type { Count } from '../domain/counts/count.ts';
import type { Finding } from '../domain/finding.ts';
import { nameOfCell } from '../domain/repair.ts';
import type { Run, Segment, SegmentId } from '../domain/run.ts';

/** Retention of runs with their records, and of closed findings and finished counts. */
const RUN_DAYS = 90;
const CLOSED_DAYS = 400;

export const RUN_LIST = 'RUN';
export const findingList = (status: FindingStatus): string => `FINDING#${status}`;

export const RUN_PREFIX = 'RUN#';
export const FINDING_PREFIX = 'FINDING#';
export const COUNT_PREFIX = 'COUNT#';

export const runKey = (id: string): Key => ({ pk: RUN_PREFIX + id, sk: 'RUN' });
export const SEGMENT_PREFIX = 'SEGMENT#';
export const segmentKey = ({ reconciliationId, target, segment }: SegmentId): Key => ({
  pk: runKey(reconciliationId).pk,
  sk: `${SEGMENT_PREFIX}${target}#${segment}`,
});
export const RUN_FINDING_PREFIX = 'FINDING#';
export const runFindingKey = (id: string, findingId: string): Key => ({
  pk: runKey(id).pk,
  sk: RUN_FINDING_PREFIX + findingId,
});
export const SUSPECT_PREFIX = 'SUSPECT#';
export const suspectPrefixOf = (cell: CellName): string => `${SUSPECT_PREFIX}${nameOfCell(cell)}#`;
export const suspectKey = (id: string, cell: CellName, reservationId: string): Key => ({
  pk: runKey(id).pk,
  sk: suspectPrefixOf(cell) + reservationId,
});
export const CLAIM_PREFIX = 'CLAIM#';
export const claimKey = (id: string, subject: string): Key => ({
  pk: runKey(id).pk,
  sk: CLAIM_PREFIX + subject,
});
export const CAP_USAGE_PREFIX = 'CAP_USAGE#';
/** Returns the key of the usage of one SKU, or of the whole run. */
export const capUsageKey = (id: string, sku = ''): Key => ({
  pk: runKey(id).pk,
  sk: CAP_USAGE_PREFIX + sku,
});
export const findingKey = (id: string): Key => ({ pk: FINDING_PREFIX + id, sk: 'FINDING' });
export const countKey = (id: string): Key => ({ pk: COUNT_PREFIX + id, sk: 'COUNT' });

/** Returns the expiry of a run's records, in epoch seconds. */
export const runTtlFrom = (at: Instant): number => epochSecondsAfterDays(at, RUN_DAYS);

/** Returns the item of a run. `list` and `listedAt` add it to the sparse index of lists. */
export const runItem = (run: Run): Record<string, unknown> => ({
  ...runKey(run.reconciliationId),
  type: 'run',
  ...run,
  list: RUN_LIST,
  listedAt: `${run.startedAt}#${run.reconciliationId}`,
  ttl: runTtlFrom(Date.parse(run.startedAt)),
});

export const segmentItem = (segment: Segment): Record<string, unknown> => ({
  ...segmentKey(segment),
  type: 'segment',
  ...segment,
  ttl: runTtlFrom(Date.parse(segment.updatedAt)),
});

export const findingItem = (finding: Finding): Record<string, unknown> => ({
  ...findingKey(finding.findingId),
  type: 'finding',
  ...finding,
  list: findingList(finding.status),
  listedAt: `${finding.detectedAt}#${finding.findingId}`,
  ...(finding.status === 'OPEN' || finding.status === 'APPROVED'
    ? {}
    : { ttl: epochSecondsAfterDays(Date.parse(finding.updatedAt), CLOSED_DAYS) }),
});

export const countItem = (count: Count): Record<string, unknown> => ({
  ...countKey(count.countId),
  type: 'count',
  ...count,
  ttl: epochSecondsAfterDays(Date.parse(count.updatedAt), CLOSED_DAYS),
});
