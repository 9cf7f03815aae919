import type { DeadLetterKind, DeadLetterQueueView } from '../../contracts/dead-letters-api.ts';
import type { Instant } from '../../shared/core/instant.ts';
import type { OrderState } from '../domain/assessment.ts';

/** What a message says of itself. */
export type MessageContent = {
  readonly kind:
    | 'event'
    | 'streamRange'
    | 'streamRecord'
    | 'work'
    | 'scheduledRun'
    | 'notification'
    | 'encryptedEvent'
    | 'unreadable';
  /** An event's type, or words. */
  readonly summary: string;
  readonly eventId?: string;
  readonly orderId?: string;
  /** Why it failed, where it tells. */
  readonly error?: string;
  /** The oldest of the changes. */
  readonly oldestChangeAt?: Instant;
};

/** A message that could not be handled, in hand: nobody else is given it for a minute. */
export type DeadLetter = {
  readonly messageId: string;
  /** What SQS deletes it by. */
  readonly receiptHandle: string;
  readonly body: string;
  /** When it was first sent, not when it was given up. */
  readonly sentAt: Instant;
  readonly content: MessageContent;
};

export interface QueueDepths {
  /** Returns each dead-letter queue with its number of messages, as SQS estimates it. */
  getDepths(): Promise<readonly DeadLetterQueueView[]>;
}

/** The dead letter queues, by their ids. */
export interface DeadLetters {
  /** Undefined for a queue that there is none of. */
  kindOf(queue: string): DeadLetterKind | undefined;
  /** As many as there are, up to a maximum, the oldest first. */
  receive(queue: string, messagesMax: number): Promise<readonly DeadLetter[]>;
  release(queue: string, messages: readonly DeadLetter[]): Promise<void>;
  delete(queue: string, message: DeadLetter): Promise<void>;
}

/** Sends a message on its way again. Throws when it did not arrive. */
export interface Redriver {
  redrive(queue: string, message: DeadLetter): Promise<void>;
}

export interface OrderStates {
  /** Of each id, what its order and its reservation are now. */
  getStates(orderIds: readonly string[]): Promise<ReadonlyMap<string, OrderState>>;
}

/** What the consumers logged. */
export interface ConsumerLogs {
  /** The last fault of each message that one is found of, by message id. */
  findErrors(queue: string, messages: readonly DeadLetter[]): Promise<ReadonlyMap<string, string>>;
}
