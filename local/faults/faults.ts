import { setTimeout as delay } from 'node:timers/promises';
import * as z from 'zod/mini';
import { UserError } from '../errors.ts';
import type { FunctionError, InvokeResult } from '../functions/invoke.ts';
import type { InvokeOptions } from '../functions/local-function.ts';
import type { Observer } from '../functions/observation.ts';
import { type CallFault, callsLeft, countDown, createCounter } from './call-fault.ts';
import type { Fault, FaultRequest } from './fault.ts';
import { type FaultTarget, findFaultTarget, uniqueNameOf } from './fault-targets.ts';
import { isNameOf } from './nameable-calls.ts';

export type FaultPorts = {
  /** Makes received messages of a queue visible again after a number of seconds. */
  readonly changeVisibility: (
    queueArn: string,
    receiptHandles: readonly string[],
    seconds: number,
  ) => Promise<void>;
  /** Returns the calls that a function can make, by its physical name. */
  readonly callsOf: (functionName: string) => readonly string[];
  readonly observe?: Observer | undefined;
};

export type FaultyInvocation = {
  /** Physical name. */
  readonly functionName: string;
  readonly event: unknown;
  /**
   * Runs the function. With `crashes`, its environment ends before the response. `callFaults` hit
   * the calls that it makes.
   */
  readonly run: (options: Required<InvokeOptions>) => Promise<InvokeResult>;
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

/** Fields by which a fault replaces another one. */
const SELECTION = ['functionName', 'text', 'call', 'callText'] as const;

/** A fault with the counter of the invocations or calls that it will still hit. */
type SetFault = { readonly fault: Fault; readonly left: Int32Array };

/** Faults that are set, and their effect on the invocations of functions. */
export class Faults {
  readonly #targets: readonly FaultTarget[];
  readonly #ports: FaultPorts;
  readonly #stopping = new AbortController();
  #faults: readonly SetFault[] = [];

  constructor(targets: readonly FaultTarget[], ports: FaultPorts) {
    this.#targets = targets;
    this.#ports = ports;
  }

  /**
   * Sets a fault, which replaces that of the same function, call and texts. Returns it with the
   * unique name of the function. Throws a UserError for a name that is unknown (with similar names)
   * or not unique, for a redelivery time of a function without a queue, for the text of a call
   * without a call, and for a call that the function cannot make (with those that it can).
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
    if (request.callText !== undefined && request.call === undefined)
      throw new UserError('Name the call whose request contains the text.');
    if (request.call !== undefined) this.#requireCall(request.call, functionName, target);
    const fault = { ...request, functionName, visibilitySeconds };
    const isSame = ({ fault: other }: SetFault) =>
      SELECTION.every((field) => other[field] === fault[field]);
    this.#remove(isSame);
    this.#faults = [...this.#faults, { fault, left: createCounter(fault.times) }];
    return fault;
  }

  #requireCall(call: string, functionName: string, target: FaultTarget): void {
    const calls = this.#ports.callsOf(target.functionName);
    if (isNameOf(call, calls)) return;
    const hint = calls.length === 0 ? 'It makes no calls.' : `Its calls: ${calls.join(', ')}.`;
    throw new UserError(`${functionName} makes no call ${call}. ${hint}`);
  }

  /** Returns the faults that are set, in the order in which they were set. */
  list(): readonly Fault[] {
    return this.#faults.flatMap(({ fault, left }) => {
      const times = callsLeft(left);
      return times === 0 ? [] : [{ ...fault, times }];
    });
  }

  /** Removes all faults. Invocations and calls that a fault has already hit are not affected. */
  clear(): void {
    this.#remove(() => true);
  }

  /** Also ends faults of calls that running invocations have. */
  #remove(isRemoved: (one: SetFault) => boolean): void {
    for (const { left } of this.#faults.filter(isRemoved)) Atomics.store(left, 0, 0);
    this.#faults = this.#faults.filter((one) => !isRemoved(one));
  }

  /** Ends the delays of slow invocations. */
  stop(): void {
    this.#stopping.abort();
  }

  /**
   * Runs an invocation with the fault that hits it, if any, and counts that fault down. Faults of
   * calls are counted down when they hit a call.
   */
  async invoke({ functionName, event, run }: FaultyInvocation): Promise<InvokeResult> {
    const matching = this.#matching(functionName, event);
    const taken = matching.find(({ fault, left }) => fault.call === undefined && countDown(left));
    const ofCalls = matching.filter(({ fault }) => fault.call !== undefined);
    const runWithCalls = (options: { readonly crashes: boolean }) =>
      this.#runWithCalls(ofCalls, event, (callFaults) => run({ ...options, callFaults }));
    if (taken === undefined) return runWithCalls({ crashes: false });
    const { fault } = taken;
    this.#ports.observe?.({ kind: 'injectedFault', functionName, faultKind: fault.kind });
    if (fault.kind === 'slow') {
      await delay(fault.delayMilliseconds, undefined, { signal: this.#stopping.signal }).catch(
        () => undefined,
      );
      return runWithCalls({ crashes: false });
    }
    const result = await failedResult(fault.kind, runWithCalls);
    if (fault.redeliverySeconds !== undefined)
      await this.#redeliver(event, fault.redeliverySeconds);
    return result;
  }

  /** Runs an invocation with faults of its calls. */
  async #runWithCalls(
    faults: readonly SetFault[],
    event: unknown,
    run: (callFaults: readonly CallFault[]) => Promise<InvokeResult>,
  ): Promise<InvokeResult> {
    const before = faults.map(({ left }) => callsLeft(left));
    const result = await run(faults.map(toCallFault));
    const hit = faults.filter(({ left }, index) => callsLeft(left) < (before[index] ?? 0));
    const seconds = hit
      .map(({ fault }) => (fault.kind === 'slow' ? undefined : fault.redeliverySeconds))
      .find((one) => one !== undefined);
    if (!result.ok && seconds !== undefined) await this.#redeliver(event, seconds);
    return result;
  }

  /** Returns the faults of an invocation. One with more texts precedes one with fewer. */
  #matching(physicalName: string, event: unknown): readonly SetFault[] {
    if (this.#faults.length === 0) return [];
    const target = this.#targets.find(({ functionName }) => functionName === physicalName);
    if (target === undefined) return [];
    const functionName = uniqueNameOf(target, this.#targets);
    const payload = JSON.stringify(event ?? null);
    return this.#faults
      .filter(
        ({ fault, left }) =>
          callsLeft(left) > 0 &&
          fault.functionName === functionName &&
          payload.includes(fault.text ?? ''),
      )
      .toSorted(({ fault: one }, { fault: other }) => textsOf(other) - textsOf(one));
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

const textsOf = ({ text, callText }: Fault): number =>
  [text, callText].filter((one) => one !== undefined).length;

const toCallFault = ({ fault, left }: SetFault): CallFault => ({
  call: fault.call ?? '',
  callText: fault.callText,
  kind: fault.kind,
  delayMilliseconds: fault.kind === 'slow' ? fault.delayMilliseconds : 0,
  left,
});

async function failedResult(
  kind: 'error' | 'lostResponse' | 'crash',
  run: (options: { readonly crashes: boolean }) => Promise<InvokeResult>,
): Promise<InvokeResult> {
  if (kind === 'error') return ERROR;
  const result = await run({ crashes: kind === 'crash' });
  const isRejected = !result.ok && result.rejectionStatus !== undefined;
  return kind === 'crash' || isRejected ? result : LOST_RESPONSE;
}
