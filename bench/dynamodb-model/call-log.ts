import type { Units } from '../capacity/request-units.ts';
import { tablesOf } from './meter.ts';
import { type DynamoDbRequest, type DynamoDbResponse, exceptionNameOf } from './proxy/protocol.ts';

export type RejectionReason = 'conflict' | 'throttle';

/** One request as it was sent, and what it is billed. */
export type RecordedCall = Units & {
  /** Milliseconds of the epoch. */
  readonly at: number;
  readonly operation: string;
  /** Empty for what is not of a table, such as reads of a stream; names of several parted by commas. */
  readonly table: string;
  /** The items that it names. */
  readonly actions: number;
  readonly transactional: boolean;
  /** `done`, or the exception's name. */
  readonly outcome: string;
  /** Why the governor refused it or, of a batch, left a part of it; what DynamoDB Local answered has none. */
  readonly rejection?: RejectionReason | undefined;
  /** The access key that signed it. */
  readonly caller: string;
  readonly userAgent: string;
};

export type ThrottlingStats = {
  /**
   * Requests that DynamoDB Local worked on, and those of them that took it longer than the model gives them: with a dilated clock these are
   * late, with a stepped one time stood still for them.
   */
  readonly forwarded: number;
  readonly late: number;
  /** Keys that got a partition of their own. */
  readonly isolatedKeys: number;
};

/** Told of each call once it is answered. */
export type OnCall = (call: RecordedCall, incoming: DynamoDbRequest) => void;

/** So many calls are kept; a bench that makes more must read them in between. */
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
      throw new Error(`more than ${CALLS_MAX} calls without a reset`);
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
