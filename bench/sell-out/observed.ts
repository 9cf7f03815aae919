import type { Item } from '../capacity/item-size.ts';
import type { Observe } from '../dynamodb-model/calls.ts';

type Action = { readonly Put?: { readonly Item: Item }; readonly Update?: { readonly Key: Item } };

/** What the governor saw of one buyer's transactions. */
export type Observed = {
  /** When the one that went through came in, by the machine's clock. */
  readonly heldAt?: number;
  /** Of the one that went through. */
  readonly written: Spent;
  /** Of those that were cancelled, which are taken to be billed whole. */
  readonly cancelled: Spent;
  readonly attempts: number;
};

/** Write units, and those of them that are of cells: balances, or the baseline's rows. */
export type Spent = { readonly units: number; readonly ofCells: number };

const NONE: Spent = { units: 0, ofCells: 0 };
const NOTHING: Observed = { written: NONE, cancelled: NONE, attempts: 0 };
const MARKS = ['RESERVATION#', 'ORDER#'];
const CELLS: ReadonlySet<string> = new Set(['BALANCE', 'ROW']);

/** Keeps what each buyer's transactions came to, told apart by the record that they put. */
export class Observer {
  readonly #byId = new Map<string, Observed>();

  of = (id: string): Observed => this.#byId.get(id) ?? NOTHING;

  observe: Observe = (call, { operation, body }) => {
    if (operation !== 'TransactWriteItems') return;
    const keys = (body.TransactItems as readonly Action[]).map(
      ({ Put, Update }) => Put?.Item ?? Update?.Key ?? {},
    );
    const id = keys.map(({ pk }) => idIn(textOf(pk))).find((found) => found !== undefined);
    if (id === undefined) return;
    const cells = keys.filter(({ sk }) => CELLS.has(textOf(sk))).length;
    const before = this.of(id);
    const spent = {
      units: call.writeUnits + call.gsiWriteUnits,
      // All of these items have less than a kilobyte, so each has an equal part.
      ofCells: (call.writeUnits * cells) / keys.length,
    };
    const attempts = before.attempts + 1;
    if (call.outcome === 'done')
      this.#byId.set(id, {
        ...before,
        attempts,
        heldAt: call.at,
        written: sum(before.written, spent),
      });
    else this.#byId.set(id, { ...before, attempts, cancelled: sum(before.cancelled, spent) });
  };
}

const textOf = (value: Item[string] | undefined): string =>
  value !== undefined && 'S' in value ? value.S : '';

function idIn(pk: string): string | undefined {
  const mark = MARKS.find((one) => pk.startsWith(one));
  return mark === undefined ? undefined : pk.slice(mark.length);
}

const sum = (a: Spent, b: Spent): Spent => ({
  units: a.units + b.units,
  ofCells: a.ofCells + b.ofCells,
});
