import {
  type Instant,
  MILLISECONDS_PER_SECOND,
  SECONDS_PER_DAY,
} from '../../../shared/core/instant.ts';
import { UnreadableRecordError } from '../../../shared/core/unreadable-record.ts';
import type { MovementBatch } from '../../domain/audit/balance-replay.ts';
import type { CellKey } from '../../domain/ledger/cell.ts';
import { allCellKeysOf } from '../../domain/ledger/stock-item.ts';
import {
  decideRestoreReservation,
  type ReservationTrace,
  type RestoreReservation,
} from '../../domain/reservations/restore-reservation.ts';
import { executeCommand } from '../execute-command.ts';
import { loadReservation, loadStockItems } from '../load-state.ts';
import type { StockStore } from '../ports.ts';
import type { AuditReader } from './audit-ports.ts';

/**
 * Maximum time from a hold to its order. The hold is made first, by the same request or by an
 * earlier attempt of it. The second limit covers the difference between the clocks of the two
 * services.
 */
const RESERVED_BEFORE_MILLISECONDS_MAX = SECONDS_PER_DAY * MILLISECONDS_PER_SECOND;
const RESERVED_AFTER_MILLISECONDS_MAX = 15 * 60 * MILLISECONDS_PER_SECOND;

type Ports = { readonly store: StockStore; readonly reader: AuditReader };
type RestoreInput = Omit<RestoreReservation, 'traces'> & { readonly placedAt: Instant };

/**
 * Restores a lost record from its movements. Throws UnreadableRecordError if a movement cannot be
 * read.
 */
export async function restoreReservation(ports: Ports, input: RestoreInput) {
  const command = { ...input, traces: await findTraces(ports, input) };
  const { reservationId } = input;
  return executeCommand(ports.store, {
    context: command,
    record: { reservationId },
    read: () => loadReservation(ports.store, reservationId),
    decide: (state) => decideRestoreReservation(state, command),
  });
}

/**
 * Finds the RESERVED movements in every cell of the order's SKUs, and all later movements of the
 * reservation in those cells.
 */
async function findTraces(
  { store, reader }: Ports,
  { reservationId, lines, placedAt }: RestoreInput,
): Promise<ReservationTrace[]> {
  const stockItems = await loadStockItems(
    store,
    lines.map(({ sku }) => sku),
  );
  const cells = [...stockItems.values()].flatMap(allCellKeysOf);
  const window = {
    since: placedAt - RESERVED_BEFORE_MILLISECONDS_MAX,
    until: placedAt + RESERVED_AFTER_MILLISECONDS_MAX,
  };
  const traces: ReservationTrace[] = [];
  for (const cell of cells) {
    const reserveMovements = await readMovements(reader, cell, reservationId, window);
    if (reserveMovements.length === 0) continue;
    const range = { since: window.since, until: Number.POSITIVE_INFINITY };
    traces.push({ cell, movements: await readMovements(reader, cell, reservationId, range) });
  }
  return traces;
}

async function readMovements(
  reader: AuditReader,
  cell: CellKey,
  reservationId: string,
  range: { readonly since: Instant; readonly until: Instant },
): Promise<MovementBatch['movements']> {
  const found: MovementBatch['movements'][number][] = [];
  for await (const entry of reader.movements(cell, range)) {
    if ('unreadable' in entry) throw new UnreadableRecordError(entry.unreadable);
    found.push(
      ...entry.movements.filter(
        (movement) => movement.reservationId === reservationId && movement.kind !== 'EXPIRED',
      ),
    );
  }
  return found;
}
