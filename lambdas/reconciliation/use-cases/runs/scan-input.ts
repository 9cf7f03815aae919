import { isSameValue } from '../../../shared/core/same-value.ts';
import type { Detection } from '../../domain/finding.ts';
import type { PageCounts, Run, Segment } from '../../domain/run.ts';
import type { Delay } from '../ports.ts';

export type PageResult = PageCounts & { readonly detections: readonly Detection[] };
export type ScanInput = {
  readonly run: Run;
  readonly segment: Segment;
  /** Age from which an order that needs attention is reported. */
  readonly attentionSeconds: number;
};

export const scanPositionOf = ({ run: { segments }, segment: { segment, cursor } }: ScanInput) => ({
  segment,
  segments,
  cursor,
});

/**
 * Returns the detections of a second read that the first read made too. Compares the disagreement
 * only: the records listed with it may change between the reads for other reasons, for example when
 * another segment reverses the payment of the order.
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
