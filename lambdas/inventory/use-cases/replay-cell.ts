import type { Instant } from '../../shared/instant.ts';
import type { Cell, CellKey } from '../domain/cell.ts';
import {
  CHECKPOINT_ENTRIES_MIN,
  type Checkpoint,
  SETTLED_MILLISECONDS,
  tallyFrom,
} from '../domain/checkpoint.ts';
import { addEntry, copyOf, type MovementsEntry, type Tally } from '../domain/tally.ts';
import type { AuditReader } from './audit-ports.ts';

export type Settled = { readonly tally: Tally; readonly last: Pick<MovementsEntry, 'key' | 'at'> };
export type Replayed = {
  /** Undefined where the balance itself is not there. */
  readonly cell: Cell | undefined;
  readonly tally: Tally;
  readonly checkpoint: Checkpoint | undefined;
  /** The sums before the first entry that is too young to be sure that none comes before it, if they are worth a checkpoint. */
  readonly settled: Settled | undefined;
};

type Options = {
  /** From the first movement, whatever checkpoints there are. */
  readonly full: boolean;
  readonly now: Instant;
  /** As of then; by default with all that there is. */
  readonly until?: Instant | undefined;
};

/** Adds up the movements of a cell from its last checkpoint on, in constant memory but for its open positions. */
export async function replayCell(
  reader: AuditReader,
  key: CellKey,
  { full, now, until = Number.POSITIVE_INFINITY }: Options,
): Promise<Replayed> {
  const head = await reader.head(key);
  const isOfUse = !full && head.checkpoint !== undefined && head.checkpoint.throughAt <= until;
  const checkpoint = isOfUse ? head.checkpoint : undefined;
  const tally = tallyFrom(checkpoint);
  let settled: Settled | undefined;
  let isYoung = false;
  let last: MovementsEntry | undefined;
  const settle = (copy: (of: Tally) => Tally): void => {
    if (last !== undefined && tally.entries >= CHECKPOINT_ENTRIES_MIN) settled = { tally: copy(tally), last };
  };
  for await (const entry of reader.movements(key, { after: checkpoint?.through, until })) {
    if (!isYoung && entry.at > now - SETTLED_MILLISECONDS) {
      isYoung = true;
      settle(copyOf);
    }
    addEntry(tally, entry);
    last = entry;
  }
  if (!isYoung) settle((whole) => whole);
  return { cell: head.cell, tally, checkpoint, settled };
}
