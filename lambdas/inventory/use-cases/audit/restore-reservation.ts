import {
  type Instant,
  MILLISECONDS_PER_SECOND,
  SECONDS_PER_DAY,
} from '../../../shared/core/instant.ts';
import { UnreadableRecord } from '../../../shared/core/unreadable.ts';
import type { MovementsEntry } from '../../domain/audit/tally.ts';
import type { CellKey } from '../../domain/ledger/cell.ts';
import { cellsOf } from '../../domain/ledger/sku.ts';
import {
  decideRestoreReservation,
  type RestoreReservation,
  type Trace,
} from '../../domain/reservations/restore-reservation.ts';
import { changeBook } from '../change-book.ts';
import type { StockStore } from '../ports.ts';
import type { AuditReader } from './audit-ports.ts';

/**
 * A hold is made before its order is written, by the same request or by an earlier try of it. The clocks of the two services differ by
 * less than the second bound.
 */
const RESERVED_BEFORE_MILLISECONDS = SECONDS_PER_DAY * MILLISECONDS_PER_SECOND;
const RESERVED_AFTER_MILLISECONDS = 15 * 60 * MILLISECONDS_PER_SECOND;

type Ports = { readonly store: StockStore; readonly reader: AuditReader };
type Asked = Omit<RestoreReservation, 'traces'> & { readonly placedAt: Instant };

/** Restores a lost record from its movements. Throws UnreadableRecord where one of these cannot be read. */
export async function restoreReservation(ports: Ports, asked: Asked) {
  const command = { ...asked, traces: await tracesOf(ports, asked) };
  return changeBook(ports.store, { reservationId: asked.reservationId }, command, (state) =>
    decideRestoreReservation(state, command),
  );
}

/** Looks for the movements of the reserving in every cell of the order's SKUs, and then for all that follow in those cells. */
async function tracesOf(
  { store, reader }: Ports,
  { reservationId, lines, placedAt }: Asked,
): Promise<Trace[]> {
  const { skus } = await store.load({ records: lines.map(({ sku }) => sku) });
  const cells = [...(skus?.values() ?? [])].flatMap(cellsOf);
  const window = {
    since: placedAt - RESERVED_BEFORE_MILLISECONDS,
    until: placedAt + RESERVED_AFTER_MILLISECONDS,
  };
  const traces: Trace[] = [];
  for (const cell of cells) {
    const reserved = await movementsOf(reader, cell, reservationId, window);
    if (reserved.length === 0) continue;
    const range = { since: window.since, until: Number.POSITIVE_INFINITY };
    traces.push({ cell, movements: await movementsOf(reader, cell, reservationId, range) });
  }
  return traces;
}

async function movementsOf(
  reader: AuditReader,
  cell: CellKey,
  reservationId: string,
  range: { readonly since: Instant; readonly until: Instant },
): Promise<MovementsEntry['movements']> {
  const found: MovementsEntry['movements'][number][] = [];
  for await (const entry of reader.movements(cell, range)) {
    if ('unreadable' in entry) throw new UnreadableRecord(entry.unreadable);
    found.push(
      ...entry.movements.filter(
        (movement) => movement.reservationId === reservationId && movement.kind !== 'LAPSED',
      ),
    );
  }
  return found;
}
