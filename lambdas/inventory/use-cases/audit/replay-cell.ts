import type { Instant } from '../../../shared/core/instant.ts';
import { type Unreadable, UnreadableRecord } from '../../../shared/core/unreadable.ts';
import {
  CHECKPOINT_ENTRIES_MIN,
  type Checkpoint,
  SETTLED_MILLISECONDS,
  tallyFrom,
} from '../../domain/audit/checkpoint.ts';
import { addEntry, copyOf, type MovementsEntry, type Tally } from '../../domain/audit/tally.ts';
import type { Cell, CellKey } from '../../domain/ledger/cell.ts';
import type { AuditReader } from './audit-ports.ts';

export type Settled = { readonly tally: Tally; readonly last: Pick<MovementsEntry, 'key' | 'at'> };
export type Replayed = {
  /** Undefined where the balance itself is not there. */
  readonly cell: Cell | undefined;
  readonly tally: Tally;
  readonly checkpoint: Checkpoint | undefined;
  /** The sums before the first entry that is too young to be sure that none comes before it, if they are worth a checkpoint. */
  readonly settled: Settled | undefined;
  /** Records that cannot be read. A checkpoint among them is only not used; any other makes the sums wrong. */
  readonly unreadable: readonly Unreadable[];
  readonly isExact: boolean;
};

type Options = {
  /** From the first movement, whatever checkpoints there are. */
  readonly full: boolean;
  readonly now: Instant;
  /** As of then; by default with all that there is. */
  readonly until?: Instant | undefined;
  /** Goes on past records that cannot be read. For audits only: the sums are then wrong. */
  readonly isTolerant?: boolean;
};

/**
 * Adds up the movements of a cell from its last checkpoint on, in constant memory but for its open positions. Throws UnreadableRecord
 * where the balance or a movement cannot be read, unless it is tolerant.
 */
export async function replayCell(
  reader: AuditReader,
  key: CellKey,
  { full, now, until = Number.POSITIVE_INFINITY, isTolerant = false }: Options,
): Promise<Replayed> {
  const head = await reader.head(key);
  const broken: Unreadable[] = [];
  const meet = (unreadable: Unreadable): void => {
    if (!isTolerant) throw new UnreadableRecord(unreadable);
    broken.push(unreadable);
  };
  if (head.unreadable.cell !== undefined) meet(head.unreadable.cell);
  const isOfUse = !full && head.checkpoint !== undefined && head.checkpoint.throughAt <= until;
  const checkpoint = isOfUse ? head.checkpoint : undefined;
  const tally = tallyFrom(checkpoint);
  let settled: Settled | undefined;
  let isYoung = false;
  let last: MovementsEntry | undefined;
  const settle = (copy: (of: Tally) => Tally): void => {
    if (last !== undefined && tally.entries >= CHECKPOINT_ENTRIES_MIN)
      settled = { tally: copy(tally), last };
  };
  for await (const entry of reader.movements(key, { after: checkpoint?.through, until })) {
    if ('unreadable' in entry) {
      meet(entry.unreadable);
      continue;
    }
    if (!isYoung && entry.at > now - SETTLED_MILLISECONDS) {
      isYoung = true;
      settle(copyOf);
    }
    addEntry(tally, entry);
    last = entry;
  }
  if (!isYoung) settle((whole) => whole);
  const unreadable =
    head.unreadable.checkpoint === undefined ? broken : [...broken, head.unreadable.checkpoint];
  return { cell: head.cell, tally, checkpoint, settled, unreadable, isExact: broken.length === 0 };
}
