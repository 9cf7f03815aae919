import { isSameValue } from '../../shared/core/same-value.ts';
import type { Detection } from '../domain/finding.ts';
import type { PageCounts, Run, Segment } from '../domain/run.ts';
import type { Delay } from './ports.ts';

export type PageResult = PageCounts & { readonly detections: readonly Detection[] };
export type ScanInput = {
  readonly run: Run;
  readonly segment: Segment;
  /** A parked order older than that is found. */
  readonly attentionSeconds: number;
};

export const scanPositionOf = ({ run: { segments }, segment: { segment, cursor } }: ScanInput) => ({
  segment,
  segments,
  cursor,
});

/**
 * What a second look finds too, as it tells of it. Only what disagrees is compared: the records that are shown with it may change
 * meanwhile for reasons of their own (another part of the run returns the payment of an order whose stock is looked at).
 */
export async function confirmOnSecondRead(
  firstDetections: readonly Detection[],
  delay: Delay,
  readAgain: () => Promise<readonly Detection[]>,
): Promise<Detection[]> {
  if (firstDetections.length === 0) return [];
  await delay.beforeSecondRead();
  return (await readAgain()).filter((detection) =>
    firstDetections.some((first) => isSameDisagreement(first, detection)),
  );
}

const isSameDisagreement = (a: Detection, b: Detection): boolean =>
  a.kind === b.kind &&
  a.subject === b.subject &&
  isSameValue([a.expected, a.actual, a.difference], [b.expected, b.actual, b.difference]);
