/** A change that no retry can handle, by its place in the batch. */
export type Refused = { readonly index: number; readonly fault: unknown };

/** Progress of a consumer through a batch of changes. */
export type Progress = {
  /** Number of changes from the front that need no retry: each was handled, or is in `refused`. */
  readonly done: number;
  /** In the order of their places, all of them below `done`. */
  readonly refused?: readonly Refused[] | undefined;
  /** Why the change at `done` failed. A retry may succeed. */
  readonly fault?: unknown;
};
