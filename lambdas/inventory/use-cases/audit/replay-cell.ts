import type { Instant } from '../../../shared/core/instant.ts';
import {
  type UnreadableRecord,
  UnreadableRecordError,
} from '../../../shared/core/unreadable-record.ts';
import type { MovementBatch, ReplayedBalance } from '../../domain/audit/balance-replay.ts';
import {
  CHECKPOINT_BATCHES_MIN,
  type Checkpoint,
  MOVEMENT_DELAY_MILLISECONDS_MAX,
  replayFrom,
} from '../../domain/audit/checkpoint.ts';
import type { Cell, CellKey } from '../../domain/ledger/cell.ts';
import type { AuditReader } from './audit-ports.ts';

export type CheckpointCandidate = {
  readonly replay: ReplayedBalance;
  readonly last: Pick<MovementBatch, 'key' | 'at'>;
};
export type ReplayedCell = {
  /** Undefined if the cell has no balance. */
  readonly cell: Cell | undefined;
  readonly replay: ReplayedBalance;
  readonly checkpoint: Checkpoint | undefined;
  /**
   * Sums before the first movement that is too young to be final, if they are worth a checkpoint.
   */
  readonly checkpointCandidate: CheckpointCandidate | undefined;
  /**
   * Unreadable records. A checkpoint among them is ignored; any other record makes the sums wrong.
   */
  readonly unreadable: readonly UnreadableRecord[];
  readonly isExact: boolean;
};

type ReplayOptions = {
  /** Reads from the first movement and ignores the checkpoint. */
  readonly full: boolean;
  readonly now: Instant;
  /** Time of the last movement to read; by default all are read. */
  readonly until?: Instant | undefined;
  /** Continues after unreadable records. For audits only, because the sums are then wrong. */
  readonly skipUnreadable?: boolean;
};

/**
 * Sums the movements of a cell from its last checkpoint on. Memory is constant except for the open
 * positions. Throws UnreadableRecordError if the balance or a movement cannot be read, unless
 * `skipUnreadable` is set.
 */
export async function replayCell(
  reader: AuditReader,
  key: CellKey,
  { full, now, until = Number.POSITIVE_INFINITY, skipUnreadable = false }: ReplayOptions,
): Promise<ReplayedCell> {
  const head = await reader.readCell(key);
  const skipped: UnreadableRecord[] = [];
  const handleUnreadable = (unreadable: UnreadableRecord): void => {
    if (!skipUnreadable) throw new UnreadableRecordError(unreadable);
    skipped.push(unreadable);
  };
  if (head.unreadable.cell !== undefined) handleUnreadable(head.unreadable.cell);
  const isUsable = !full && head.checkpoint !== undefined && head.checkpoint.throughAt <= until;
  const checkpoint = isUsable ? head.checkpoint : undefined;
  const replay = replayFrom(checkpoint);
  let checkpointCandidate: CheckpointCandidate | undefined;
  let isYoung = false;
  let last: MovementBatch | undefined;
  const setCandidate = (snapshot: () => ReplayedBalance): void => {
    if (last !== undefined && replay.batchCount >= CHECKPOINT_BATCHES_MIN)
      checkpointCandidate = { replay: snapshot(), last };
  };
  for await (const entry of reader.movements(key, { after: checkpoint?.through, until })) {
    if ('unreadable' in entry) {
      handleUnreadable(entry.unreadable);
      continue;
    }
    if (!isYoung && entry.at > now - MOVEMENT_DELAY_MILLISECONDS_MAX) {
      isYoung = true;
      setCandidate(() => replay.snapshot());
    }
    replay.add(entry);
    last = entry;
  }
  const balance = replay.snapshot();
  if (!isYoung) setCandidate(() => balance);
  const unreadable =
    head.unreadable.checkpoint === undefined ? skipped : [...skipped, head.unreadable.checkpoint];
  return {
    cell: head.cell,
    replay: balance,
    checkpoint,
    checkpointCandidate,
    unreadable,
    isExact: skipped.length === 0,
  };
}
