import type { Detected } from '../domain/finding.ts';
import type { Run, Segment, WalkedPage } from '../domain/run.ts';
import type { Audits, DeadLetterQueues, OwnRecords, Pauses, RunStore } from './ports.ts';

export type WalkPorts = {
  readonly audits: Audits;
  readonly runs: RunStore;
  readonly records: OwnRecords;
  readonly queues: DeadLetterQueues;
  readonly pauses: Pauses;
};
export type Walked = WalkedPage & { readonly detected: readonly Detected[] };
export type Place = {
  readonly run: Run;
  readonly segment: Segment;
  /** A parked order older than that is found. */
  readonly attentionSeconds: number;
};

export const partOf = ({ run: { segments }, segment: { segment, cursor } }: Place) => ({
  segment,
  segments,
  cursor,
});

/**
 * What a second look finds too, as it tells of it. Only what disagrees is compared: the records that are shown with it may change
 * meanwhile for reasons of their own (another part of the run returns the payment of an order whose stock is looked at).
 */
export async function standing(
  first: readonly Detected[],
  pauses: Pauses,
  look: () => Promise<readonly Detected[]>,
): Promise<Detected[]> {
  if (first.length === 0) return [];
  await pauses.secondLook();
  const before = new Set(first.map(disagreementOf));
  return (await look()).filter((detected) => before.has(disagreementOf(detected)));
}

const disagreementOf = ({ kind, subject, expected, actual, difference }: Detected): string =>
  JSON.stringify([kind, subject, expected, actual, difference]);
