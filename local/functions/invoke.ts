export type FunctionError = {
  readonly errorType: string;
  readonly errorMessage: string;
  readonly trace?: readonly string[];
};

/** Lambda refused the invocation, so the function did not run: the HTTP status and the error of its Invoke. */
export type RejectedInvoke = {
  readonly ok: false;
  readonly rejectionStatus: 400 | 429;
  readonly error: FunctionError;
};

export type InvokeResult =
  | { readonly ok: true; readonly payload: unknown }
  | { readonly ok: false; readonly rejectionStatus?: undefined; readonly error: FunctionError }
  | RejectedInvoke;

/** `traceHeader` is the X-Amzn-Trace-Id that the event arrived with; without one the invocation begins a chain of requests. */
export type Invoke = (
  functionArn: string,
  event: unknown,
  traceHeader?: string,
) => Promise<InvokeResult>;
