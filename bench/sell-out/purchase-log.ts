import type { Item } from '../capacity/item-size.ts';
import type { OnCall } from '../dynamodb-model/call-log.ts';

type Action = { readonly Put?: { readonly Item: Item }; readonly Update?: { readonly Key: Item } };

/** Transactions of one buyer, as the DynamoDB model saw them. */
export type PurchaseUsage = {
  /** Arrival time of the successful transaction, by the machine's clock. */
  readonly heldAt?: number;
  /** Units of the successful transaction. */
  readonly written: WriteUnits;
  /** Units of the cancelled transactions, assuming that they are billed in full. */
  readonly cancelled: WriteUnits;
  readonly attempts: number;
};

/** Write units, and the part that belongs to cells: balances, or the baseline's rows. */
export type WriteUnits = { readonly units: number; readonly cellUnits: number };

const NONE: WriteUnits = { units: 0, cellUnits: 0 };
const NO_USAGE: PurchaseUsage = { written: NONE, cancelled: NONE, attempts: 0 };
const RECORD_PREFIXES = ['RESERVATION#', 'ORDER#'];
const CELLS: ReadonlySet<string> = new Set(['BALANCE', 'ROW']);

/** Records the transactions of each buyer, identified by the record that they put. */
export class PurchaseLog {
  readonly #byId = new Map<string, PurchaseUsage>();

  usageOf = (id: string): PurchaseUsage => this.#byId.get(id) ?? NO_USAGE;

  onCall: OnCall = (call, { operation, body }) => {
    if (operation !== 'TransactWriteItems') return;
    const keys = (body.TransactItems as readonly Action[]).map(
      ({ Put, Update }) => Put?.Item ?? Update?.Key ?? {},
    );
    const id = keys.map(({ pk }) => idIn(textOf(pk))).find((found) => found !== undefined);
    if (id === undefined) return;
    const cells = keys.filter(({ sk }) => CELLS.has(textOf(sk))).length;
    const before = this.usageOf(id);
    const spent = {
      units: call.writeUnits + call.gsiWriteUnits,
      // All of these items have less than a kilobyte, so each has an equal part.
      cellUnits: (call.writeUnits * cells) / keys.length,
    };
    const attempts = before.attempts + 1;
    if (call.outcome === 'done')
      this.#byId.set(id, {
        ...before,
        attempts,
        heldAt: call.at,
        written: addWriteUnits(before.written, spent),
      });
    else
      this.#byId.set(id, {
        ...before,
        attempts,
        cancelled: addWriteUnits(before.cancelled, spent),
      });
  };
}

const textOf = (value: Item[string] | undefined): string =>
  value !== undefined && 'S' in value ? value.S : '';

function idIn(pk: string): string | undefined {
  const mark = RECORD_PREFIXES.find((one) => pk.startsWith(one));
  return mark === undefined ? undefined : pk.slice(mark.length);
}

const addWriteUnits = (a: WriteUnits, b: WriteUnits): WriteUnits => ({
  units: a.units + b.units,
  cellUnits: a.cellUnits + b.cellUnits,
});
