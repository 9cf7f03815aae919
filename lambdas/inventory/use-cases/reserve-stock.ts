import { cellsToReserve, decideReserve, type ReserveStock } from '../domain/reserve.ts';
import { changeBook } from './change-book.ts';
import type { StockStore } from './ports.ts';

/** Holds all lines or none. One read and one transaction, however many lines. */
export const reserveStock = (store: StockStore, command: ReserveStock) =>
  changeBook(
    store,
    { cells: cellsToReserve(command.lines), reservationId: command.reservationId },
    command,
    (state) => decideReserve(state, command),
  );
