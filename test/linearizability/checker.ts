/**
 * Linearizability checker: Wing and Gong's search with Lowe's cache of visited configurations.
 * http://www.cs.cmu.edu/~wing/publications/WingGong93.pdf
 * http://www.cs.ox.ac.uk/people/gavin.lowe/LinearizabiltyTesting/paper.pdf
 *
 * It looks for an order of all operations that returned, in which each takes effect between its
 * call and its return, and in which each step is possible for the model. An operation whose outcome
 * is unknown returns at `NEVER`: it takes effect at any moment after its call, or at none.
 */

/** The return time of an operation whose outcome is unknown. */
export const NEVER = Number.POSITIVE_INFINITY;

export type Operation<State> = {
  /** Description for the report of a violation. */
  readonly name: string;
  readonly call: number;
  /** `NEVER` for an unknown outcome. */
  readonly end: number;
  /**
   * Orders operations of one time. Calls come before returns of the same time, so that these
   * overlap; a moment (call and return at one time) comes between them.
   */
  readonly isMoment?: boolean;
  /** States in which the operation may leave the model; none if it cannot have happened here. */
  readonly step: (state: State) => readonly State[];
};

export type Model<State> = {
  readonly initial: State;
  /** Equal states have equal keys. */
  readonly keyOf: (state: State) => string;
};

export type SearchResult =
  | {
      readonly result: 'linearizable';
      readonly order: readonly string[];
      readonly configurations: number;
    }
  | {
      readonly result: 'violation';
      /** Longest order that was found. */
      readonly order: readonly string[];
      /** Operations of which none could come next. */
      readonly stuck: readonly string[];
      readonly configurations: number;
    }
  /** The search reached its limit. The history may be linearizable or not. */
  | { readonly result: 'undecided'; readonly configurations: number };

/** Maximum number of configurations that a search visits. */
const CONFIGURATIONS_MAX = 400_000;

type Entry<State> = {
  readonly operation: Operation<State>;
  readonly index: number;
  /** The entry of the operation's return; undefined for a return, and for an unknown outcome. */
  readonly match: Entry<State> | undefined;
  readonly isCall: boolean;
  next: Entry<State> | undefined;
  previous: Entry<State> | undefined;
};

/** Every state that the model may have after some operations. */
type Configuration<State> = ReadonlyMap<string, State>;

type Choice<State> = {
  /** Configuration before the operation was linearized. */
  readonly before: Configuration<State>;
  readonly entry: Entry<State>;
  readonly rest: readonly Entry<State>[];
};

export function checkLinearizability<State>(
  operations: readonly Operation<State>[],
  { initial, keyOf }: Model<State>,
  configurationsMax = CONFIGURATIONS_MAX,
): SearchResult {
  const head = toEntryList(operations);
  const linearized = new Uint32Array(Math.ceil(operations.length / 32));
  const toggleLinearized = (index: number): void => {
    const word = index >>> 5;
    linearized[word] = (linearized[word] ?? 0) ^ (1 << (index & 31));
  };
  let open = operations.filter((operation) => operation.end !== NEVER).length;
  let current: Configuration<State> = new Map([[keyOf(initial), initial]]);
  const visited = new Set<string>();
  const chosen: Choice<State>[] = [];
  let longest: { readonly order: readonly string[]; readonly stuck: readonly string[] } = {
    order: [],
    stuck: [],
  };
  let candidates: readonly Entry<State>[] = candidatesAfter(head);
  while (open > 0) {
    const [entry, ...rest] = candidates;
    if (entry === undefined) {
      if (chosen.length >= longest.order.length)
        longest = {
          order: operationNamesOf(chosen),
          stuck: candidatesAfter(head).map(({ operation }) => operation.name),
        };
      const last = chosen.pop();
      if (last === undefined)
        return { result: 'violation', ...longest, configurations: visited.size };
      restoreEntry(last.entry);
      toggleLinearized(last.entry.index);
      if (last.entry.operation.end !== NEVER) open += 1;
      current = last.before;
      candidates = last.rest;
      continue;
    }
    const after = applyStep(current, entry.operation, keyOf);
    toggleLinearized(entry.index);
    const key =
      after.size === 0 ? '' : `${linearized.join()} ${[...after.keys()].sort().join('|')}`;
    if (after.size === 0 || visited.has(key)) {
      toggleLinearized(entry.index);
      candidates = rest;
      continue;
    }
    visited.add(key);
    if (visited.size > configurationsMax)
      return { result: 'undecided', configurations: visited.size };
    chosen.push({ before: current, entry, rest });
    removeEntry(entry);
    if (entry.operation.end !== NEVER) open -= 1;
    current = after;
    candidates = candidatesAfter(head);
  }
  return { result: 'linearizable', order: operationNamesOf(chosen), configurations: visited.size };
}

const operationNamesOf = <State>(taken: readonly Choice<State>[]): string[] =>
  taken.map(({ entry }) => entry.operation.name);

function applyStep<State>(
  current: Configuration<State>,
  { step }: Operation<State>,
  keyOf: Model<State>['keyOf'],
): Configuration<State> {
  const after = new Map<string, State>();
  for (const state of current.values())
    for (const next of step(state)) after.set(keyOf(next), next);
  return after;
}

/**
 * Returns the operations that may come next: those that were called before any other one returned.
 * The one that returned first is tried first, because it is the most likely one. Unknown outcomes
 * are tried last.
 */
function candidatesAfter<State>(head: Entry<State>): Entry<State>[] {
  const known: Entry<State>[] = [];
  const unknown: Entry<State>[] = [];
  for (let entry = head.next; entry?.isCall; entry = entry.next)
    (entry.match === undefined ? unknown : known).push(entry);
  known.sort((a, b) => a.operation.end - b.operation.end);
  return [...known, ...unknown];
}

function removeEntry<State>(entry: Entry<State>): void {
  for (const one of entry.match === undefined ? [entry] : [entry, entry.match]) {
    if (one.previous !== undefined) one.previous.next = one.next;
    if (one.next !== undefined) one.next.previous = one.previous;
  }
}

/** Reverts `removeEntry`. Entries must be restored in reverse order. */
function restoreEntry<State>(entry: Entry<State>): void {
  for (const one of entry.match === undefined ? [entry] : [entry.match, entry]) {
    if (one.previous !== undefined) one.previous.next = one;
    if (one.next !== undefined) one.next.previous = one;
  }
}

/**
 * Returns calls and returns in the order of time, as a list whose first entry belongs to no
 * operation.
 */
function toEntryList<State>(operations: readonly Operation<State>[]): Entry<State> {
  type Timed = { readonly entry: Entry<State>; readonly time: number; readonly rank: number };
  const timed = operations.flatMap((operation, index): Timed[] => {
    const moment = operation.isMoment === true;
    const ends = {
      operation,
      index,
      match: undefined,
      isCall: false,
      next: undefined,
      previous: undefined,
    };
    const match = operation.end === NEVER ? undefined : ends;
    const call = { ...ends, match, isCall: true };
    return [
      { entry: call, time: operation.call, rank: moment ? 1 : 0 },
      ...(match === undefined ? [] : [{ entry: match, time: operation.end, rank: moment ? 2 : 3 }]),
    ];
  });
  timed.sort((a, b) => a.time - b.time || a.rank - b.rank);
  const nothing: Operation<State> = { name: '', call: 0, end: NEVER, step: () => [] };
  const head: Entry<State> = {
    operation: nothing,
    index: -1,
    match: undefined,
    isCall: false,
    next: undefined,
    previous: undefined,
  };
  let last = head;
  for (const { entry } of timed) {
    last.next = entry;
    entry.previous = last;
    last = entry;
  }
  return head;
}
