/** A change that no retry can handle, and its index in the batch. */
export type Rejection = { readonly index: number; readonly error: unknown };

/** Progress of a consumer through a batch of changes. */
export type BatchProgress = {
  /** Number of changes from the start that need no retry: each was handled or is in `rejected`. */
  readonly handledCount: number;
  /** In the order of their indexes, which are all below `handledCount`. */
  readonly rejected?: readonly Rejection[] | undefined;
  /** Error of the change at index `handledCount`. A retry may succeed. */
  readonly error?: unknown;
};
