import type { Item } from '../capacity/item-size.ts';
import type { Observe } from '../governor/governing.ts';

type Action = { readonly Put?: { readonly Item: Item }; readonly Update?: { readonly Key: Item } };

/** What the governor saw of one buyer's transactions. */
export type Observed = {
  /** When the one that went through came in, by the machine's clock. */
  readonly heldAt?: number;
  readonly writeUnits: number;
  /** Those of `writeUnits` that are of cells: balances, or the baseline's rows. */
  readonly cellWriteUnits: number;
  readonly attempts: number;
};

const NOTHING: Observed = { writeUnits: 0, cellWriteUnits: 0, attempts: 0 };
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
    this.#byId.set(id, {
      ...before,
      ...(call.outcome === 'done' ? { heldAt: call.at } : {}),
      writeUnits: before.writeUnits + call.writeUnits + call.gsiWriteUnits,
      // All of these items have less than a kilobyte, so each has an equal part.
      cellWriteUnits: before.cellWriteUnits + (call.writeUnits * cells) / keys.length,
      attempts: before.attempts + 1,
    });
  };
}

const textOf = (value: Item[string] | undefined): string =>
  value !== undefined && 'S' in value ? value.S : '';

function idIn(pk: string): string | undefined {
  const mark = MARKS.find((one) => pk.startsWith(one));
  return mark === undefined ? undefined : pk.slice(mark.length);
}
