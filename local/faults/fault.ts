import * as z from 'zod/mini';
import { CALL_NAME } from './call-fault.ts';

/** Maximum number of invocations or calls that one fault hits. */
export const FAULT_TIMES_MAX = 1_000;
/** Maximum delay of the fault `slow`. */
export const FAULT_DELAY_MILLISECONDS_MAX = 600_000;
/** Maximum time until a message of a failed batch is received again. */
export const FAULT_REDELIVERY_SECONDS_MAX = 600;

const selection = {
  /** `commit-reservation`, or with its service: `inventory/publish-events`. */
  functionName: z.string(),
  /** Number of invocations, or of calls with `call`, that the fault will still hit. */
  times: z.int().check(z.minimum(1), z.maximum(FAULT_TIMES_MAX)),
  /** Text that the JSON of an invocation's event contains. Undefined for every invocation. */
  text: z.optional(z.string().check(z.minLength(1))),
  /**
   * Call of the function that the fault hits, instead of the invocation: an action of AWS's JSON
   * protocol (`TransactWriteItems`), or the method and path of a request
   * (`PUT /reservations/{reservationId}`, in which `{…}` is any segment).
   */
  call: z.optional(z.string().check(z.regex(CALL_NAME))),
  /** Text that the request of a call contains, such as the name of a table. */
  callText: z.optional(z.string().check(z.minLength(1))),
};

/**
 * A fault of the next invocations of one function, however they are invoked, or of the calls that
 * these invocations make over HTTP. An invocation of a function behind a queue or a stream is a
 * batch.
 *
 * - `error`: fails before the function runs.
 * - `lostResponse`: the function runs, and its caller receives an error instead of its response.
 * - `crash`: the function runs, and its environment ends before the response. The caller receives
 *   `Runtime.ExitError`, and the next invocation starts a new environment.
 * - `slow`: waits before the function runs. The delay is not part of the function's timeout.
 *
 * A fault of a call does the same with the call: it is not sent, its response is lost, the
 * environment ends when the response arrives, or it is sent late. The delay then is part of the
 * timeouts of the call and of the function.
 */
export const FaultRequest = z.discriminatedUnion('kind', [
  z.strictObject({
    ...selection,
    kind: z.enum(['error', 'lostResponse', 'crash']),
    /**
     * Seconds until the messages of a batch are received again. Default: the visibility timeout of
     * their queue, as on AWS.
     */
    redeliverySeconds: z.optional(
      z.int().check(z.minimum(0), z.maximum(FAULT_REDELIVERY_SECONDS_MAX)),
    ),
  }),
  z.strictObject({
    ...selection,
    kind: z.literal('slow'),
    delayMilliseconds: z.int().check(z.minimum(1), z.maximum(FAULT_DELAY_MILLISECONDS_MAX)),
  }),
]);
export type FaultRequest = Readonly<z.infer<typeof FaultRequest>>;
export type FaultKind = FaultRequest['kind'];

/** A fault that is set. `visibilitySeconds` is that of the function's queue, if it has one. */
export type Fault = FaultRequest & { readonly visibilitySeconds?: number | undefined };
