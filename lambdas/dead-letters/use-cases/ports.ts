import type { DeadLetterKind, DeadLetterQueueView } from '../../contracts/api/dead-letters.ts';
import type { Instant } from '../../shared/core/instant.ts';
import type { OrderState } from '../domain/assessment.ts';

/** Parsed content of a message. */
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
  /** Type of the event, or a description. */
  readonly summary: string;
  readonly eventId?: string;
  readonly orderId?: string;
  /** Error in the message, if any. */
  readonly error?: string;
  /** Time of the oldest change. */
  readonly oldestChangeAt?: Instant;
};

/** A received message of a dead-letter queue. No other request receives it for a minute. */
export type DeadLetter = {
  readonly messageId: string;
  /** Handle by which SQS deletes it. */
  readonly receiptHandle: string;
  readonly body: string;
  /** Time of its first send, not of its move to the dead-letter queue. */
  readonly sentAt: Instant;
  readonly content: MessageContent;
};

export interface QueueDepths {
  /** Returns each dead-letter queue with its number of messages, as SQS estimates it. */
  getDepths(): Promise<readonly DeadLetterQueueView[]>;
}

/** Reads and deletes the messages of dead-letter queues, by queue id. */
export interface DeadLetters {
  /** Returns undefined for an unknown queue. */
  kindOf(queue: string): DeadLetterKind | undefined;
  /** Receives up to `messagesMax` messages, oldest first. */
  receive(queue: string, messagesMax: number): Promise<readonly DeadLetter[]>;
  release(queue: string, messages: readonly DeadLetter[]): Promise<void>;
  delete(queue: string, message: DeadLetter): Promise<void>;
}

/** Sends a message to its consumer again. Throws if it was not accepted. */
export interface Redriver {
  redrive(queue: string, message: DeadLetter): Promise<void>;
}

export interface OrderStates {
  /** Returns the current statuses of each order and its reservation. */
  getStates(orderIds: readonly string[]): Promise<ReadonlyMap<string, OrderState>>;
}

/** Logs of the consumers. */
export interface ConsumerLogs {
  /** Returns the last logged error of each message, by message id. */
  findErrors(queue: string, messages: readonly DeadLetter[]): Promise<ReadonlyMap<string, string>>;
}
