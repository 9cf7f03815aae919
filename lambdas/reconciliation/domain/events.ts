import type { EventDetail } from '../../shared/events/event-detail.ts';
import type { Count } from './counts/count.ts';
import type { Finding } from './finding.ts';

type FindingEventData = {
  readonly findingId: string;
  readonly kind: string;
  readonly subject: string;
  /** Units of stock concerned, 0 if none. */
  readonly units: number;
  readonly explanation: string;
};
type CountEventData = {
  readonly countId: string;
  readonly sku: string;
  readonly locationId: string;
  readonly countedAt: string;
  readonly counted: number;
  readonly expected: number;
  readonly delta: number;
};
export type ReconciliationEvent =
  | {
      readonly type: 'DriftDetected';
      readonly detail: EventDetail<FindingEventData & { readonly proposedRepair?: string }>;
    }
  | {
      readonly type: 'DriftRepaired';
      readonly detail: EventDetail<FindingEventData & { readonly by: string }>;
    }
  | { readonly type: 'StockTakePosted'; readonly detail: EventDetail<CountEventData> };

/**
 * Returns a text that is valid inside a JSON string without escapes. EventBridge inserts values
 * into the template of a notification unescaped, so a quote or a line break in a damaged key would
 * break it.
 * https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-transform-target-input.html
 */
const toJsonSafeText = (text: string): string =>
  text
    .replaceAll('"', "'")
    .replaceAll('\\', '/')
    .replace(/\p{Cc}+/gu, ' ');

/** Returns the events of a finding that opened or was repaired, and of a count that was posted. */
export const eventsOf = {
  finding(before: Finding | undefined, after: Finding): ReconciliationEvent[] {
    const { findingId, kind, subject, units, explanation, occurrence, correlationId, updatedAt } =
      after;
    const data: FindingEventData = {
      findingId,
      kind,
      subject: toJsonSafeText(subject),
      units,
      explanation: toJsonSafeText(explanation),
    };
    const head = (type: string) =>
      ({
        eventId: `finding/${findingId}/${occurrence}/${type}`,
        version: 1,
        occurredAt: updatedAt,
        correlationId,
      }) as const;
    if (after.status === 'OPEN' && before?.occurrence !== occurrence) {
      const proposed = after.repair === undefined ? {} : { proposedRepair: after.repair.effect };
      return [
        {
          type: 'DriftDetected',
          detail: { ...head('DriftDetected'), data: { ...data, ...proposed } },
        },
      ];
    }
    if (after.status === 'REPAIRED' && before?.status !== 'REPAIRED') {
      const by = after.timeline.at(-1)?.by ?? '';
      return [
        { type: 'DriftRepaired', detail: { ...head('DriftRepaired'), data: { ...data, by } } },
      ];
    }
    return [];
  },

  count(before: Count | undefined, after: Count): ReconciliationEvent[] {
    if (after.status !== 'POSTED' || before?.status === 'POSTED') return [];
    const {
      countId,
      sku,
      locationId,
      countedAt,
      counted,
      expected,
      delta,
      updatedAt,
      correlationId,
    } = after;
    const head = {
      eventId: `count/${countId}/StockTakePosted`,
      version: 1,
      occurredAt: updatedAt,
      correlationId,
    } as const;
    const data: CountEventData = { countId, sku, locationId, countedAt, counted, expected, delta };
    return [{ type: 'StockTakePosted', detail: { ...head, data } }];
  },
};
