import { setTimeout as delay } from 'node:timers/promises';
import * as z from 'zod/mini';
import { UserError } from '../errors.ts';
import type { FunctionError, InvokeResult } from '../functions/invoke.ts';
import type { Observer } from '../functions/observation.ts';
import type { Fault, FaultRequest } from './fault.ts';
import { type FaultTarget, findFaultTarget, uniqueNameOf } from './fault-targets.ts';

export type FaultPorts = {
  /** Makes received messages of a queue visible again after a number of seconds. */
  readonly changeVisibility: (
    queueArn: string,
    receiptHandles: readonly string[],
    seconds: number,
  ) => Promise<void>;
  readonly observe?: Observer | undefined;
};

export type FaultyInvocation = {
  /** Physical name. */
  readonly functionName: string;
  readonly event: unknown;
  /** Runs the function. With `crashes`, its environment ends before the response. */
  readonly run: (options: { readonly crashes: boolean }) => Promise<InvokeResult>;
};

const QueueEvent = z.object({
  Records: z.array(
    z.object({
      eventSource: z.literal('aws:sqs'),
      eventSourceARN: z.string(),
      receiptHandle: z.string(),
    }),
  ),
});

const injected = (errorMessage: string): { readonly ok: false; readonly error: FunctionError } => ({
  ok: false,
  error: { errorType: 'InjectedFault', errorMessage },
});
const ERROR = injected('The fault switch of the local runtime failed this invocation.');
const LOST_RESPONSE = injected('The fault switch of the local runtime dropped the response.');

/** Faults that are set, and their effect on the invocations of functions. */
export class Faults {
  readonly #targets: readonly FaultTarget[];
  readonly #ports: FaultPorts;
  readonly #stopping = new AbortController();
  #faults: readonly Fault[] = [];

  constructor(targets: readonly FaultTarget[], ports: FaultPorts) {
    this.#targets = targets;
    this.#ports = ports;
  }

  /**
   * Sets a fault, which replaces that of the same function and text. Returns it with the unique
   * name of the function. Throws a UserError for a name that is unknown (with similar names) or not
   * unique, and for a redelivery time of a function without a queue.
   */
  set(request: FaultRequest): Fault {
    const target = findFaultTarget(request.functionName, this.#targets);
    const functionName = uniqueNameOf(target, this.#targets);
    const { visibilitySeconds } = target;
    if (
      request.kind !== 'slow' &&
      request.redeliverySeconds !== undefined &&
      visibilitySeconds === undefined
    )
      throw new UserError(`${functionName} has no queue. Omit the redelivery time.`);
    const fault = { ...request, functionName, visibilitySeconds };
    const others = this.#faults.filter(
      (other) => other.functionName !== functionName || other.text !== request.text,
    );
    this.#faults = [...others, fault];
    return fault;
  }

  /** Returns the faults that are set, in the order in which they were set. */
  list(): readonly Fault[] {
    return this.#faults;
  }

  /** Removes all faults. Invocations that a fault has already hit are not affected. */
  clear(): void {
    this.#faults = [];
  }

  /** Ends the delays of slow invocations. */
  stop(): void {
    this.#stopping.abort();
  }

  /** Runs an invocation with the fault that hits it, if any, and counts that fault down. */
  async invoke({ functionName, event, run }: FaultyInvocation): Promise<InvokeResult> {
    const fault = this.#take(functionName, event);
    if (fault === undefined) return run({ crashes: false });
    this.#ports.observe?.({ kind: 'injectedFault', functionName, faultKind: fault.kind });
    if (fault.kind === 'slow') {
      await delay(fault.delayMilliseconds, undefined, { signal: this.#stopping.signal }).catch(
        () => undefined,
      );
      return run({ crashes: false });
    }
    const result = await failedResult(fault.kind, run);
    if (fault.redeliverySeconds !== undefined)
      await this.#redeliver(event, fault.redeliverySeconds);
    return result;
  }

  /** Returns the fault that hits an invocation. One with a text is preferred to one without. */
  #take(physicalName: string, event: unknown): Fault | undefined {
    if (this.#faults.length === 0) return undefined;
    const target = this.#targets.find(({ functionName }) => functionName === physicalName);
    if (target === undefined) return undefined;
    const functionName = uniqueNameOf(target, this.#targets);
    const payload = JSON.stringify(event ?? null);
    const matching = this.#faults.filter(
      (fault) => fault.functionName === functionName && payload.includes(fault.text ?? ''),
    );
    const taken = matching.find(({ text }) => text !== undefined) ?? matching[0];
    this.#faults = this.#faults.flatMap((fault) => {
      if (fault !== taken) return [fault];
      return fault.times === 1 ? [] : [{ ...fault, times: fault.times - 1 }];
    });
    return taken;
  }

  /** Makes the messages of an event visible again. Ignores an event that is not from a queue. */
  async #redeliver(event: unknown, seconds: number): Promise<void> {
    const batch = QueueEvent.safeParse(event);
    if (!batch.success) return;
    const [first] = batch.data.Records;
    if (first === undefined) return;
    const receiptHandles = batch.data.Records.map(({ receiptHandle }) => receiptHandle);
    await this.#ports.changeVisibility(first.eventSourceARN, receiptHandles, seconds);
  }
}

async function failedResult(
  kind: 'error' | 'lostResponse' | 'crash',
  run: FaultyInvocation['run'],
): Promise<InvokeResult> {
  if (kind === 'error') return ERROR;
  const result = await run({ crashes: kind === 'crash' });
  const isRejected = !result.ok && result.rejectionStatus !== undefined;
  return kind === 'crash' || isRejected ? result : LOST_RESPONSE;
}
