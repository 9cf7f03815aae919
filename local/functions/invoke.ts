export type FunctionError = {
  readonly errorType: string;
  readonly errorMessage: string;
  readonly trace?: readonly string[];
};

/**
 * An invocation that Lambda rejected, so that the function did not run: HTTP status and error of
 * Lambda's Invoke.
 */
export type RejectedInvoke = {
  readonly ok: false;
  readonly rejectionStatus: 400 | 429;
  readonly error: FunctionError;
};

export type InvokeResult =
  | { readonly ok: true; readonly payload: unknown }
  | { readonly ok: false; readonly rejectionStatus?: undefined; readonly error: FunctionError }
  | RejectedInvoke;

/**
 * Invokes a function. `traceHeader` is the X-Amzn-Trace-Id of the event; without it, the invocation
 * starts a chain of requests.
 */
export type Invoke = (
  functionArn: string,
  event: unknown,
  traceHeader?: string,
) => Promise<InvokeResult>;
