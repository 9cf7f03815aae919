/** A change that no retry can handle, by its place in the batch. */
export type Rejection = { readonly index: number; readonly error: unknown };

/** Progress of a consumer through a batch of changes. */
export type BatchProgress = {
  /** Number of changes from the front that need no retry: each was handled, or is in `refused`. */
  readonly handledCount: number;
  /** In the order of their places, all of them below `done`. */
  readonly rejected?: readonly Rejection[] | undefined;
  /** Why the change at `done` failed. A retry may succeed. */
  readonly error?: unknown;
};
