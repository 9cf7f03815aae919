import type { Units } from '../capacity/request-units.ts';
import { type DynamoDbRequest, type DynamoDbResponse, exceptionNameOf } from './proxy/protocol.ts';
import { tablesOf } from './request-parameters.ts';

export type RejectionReason = 'conflict' | 'throttle';

/** One request as it was sent, and the units that it is billed. */
export type RecordedCall = Units & {
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly operation: string;
  /**
   * Empty for requests without a table, such as reads of a stream; several names are separated by
   * commas.
   */
  readonly table: string;
  /** Number of items that the request names. */
  readonly actions: number;
  readonly transactional: boolean;
  /** `done`, or the exception's name. */
  readonly outcome: string;
  /**
   * Reason why the model rejected the request or left a part of a batch; undefined for errors of
   * DynamoDB Local.
   */
  readonly rejection?: RejectionReason | undefined;
  /** Access key that signed the request. */
  readonly caller: string;
  readonly userAgent: string;
};

export type ThrottlingStats = {
  /**
   * Requests that DynamoDB Local processed, and those that took it longer than the model's time.
   * With a dilated clock the latter are late; with a stepped clock time stood still for them.
   */
  readonly forwarded: number;
  readonly late: number;
  /** Number of keys that got a partition of their own. */
  readonly isolatedKeys: number;
};

/** Called with each call after its response. */
export type OnCall = (call: RecordedCall, incoming: DynamoDbRequest) => void;

/** Maximum number of kept calls; a bench that makes more must read them in between. */
export const CALLS_MAX = 1_000_000;

/** Keeps calls until its owner takes them. */
export class CallLog {
  #calls: RecordedCall[] = [];

  get all(): readonly RecordedCall[] {
    return this.#calls;
  }

  reset(): void {
    this.#calls = [];
  }

  add(
    incoming: DynamoDbRequest,
    response: DynamoDbResponse,
    more: Units & Pick<RecordedCall, 'at' | 'actions' | 'transactional' | 'rejection'>,
  ): RecordedCall {
    if (this.#calls.length >= CALLS_MAX)
      throw new Error(`There are more than ${CALLS_MAX} calls without a reset.`);
    const call: RecordedCall = {
      operation: incoming.operation,
      table: tablesOf(incoming).join(','),
      outcome: exceptionNameOf(response) ?? 'done',
      caller: incoming.caller,
      userAgent: incoming.userAgent,
      ...more,
    };
    this.#calls.push(call);
    return call;
  }
}
