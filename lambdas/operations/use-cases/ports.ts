import type { DeadLetterKind, DeadLetterQueueView } from '../../contracts/dead-letters-api.ts';
import type { Instant } from '../../shared/core/instant.ts';
import type { OrderState } from '../domain/judgement.ts';

/** What a message says of itself. */
export type Content = {
  readonly about:
    | 'event'
    | 'changes'
    | 'change'
    | 'work'
    | 'run'
    | 'notice'
    | 'encrypted'
    | 'unreadable';
  /** An event's type, or words. */
  readonly what: string;
  readonly eventId?: string;
  readonly orderId?: string;
  /** Why it failed, where it tells. */
  readonly fault?: string;
  /** The oldest of the changes. */
  readonly since?: Instant;
};

/** A message that could not be handled, in hand: nobody else is given it for a minute. */
export type Letter = {
  readonly messageId: string;
  /** What SQS deletes it by. */
  readonly receipt: string;
  readonly body: string;
  /** When it was first sent, not when it was given up. */
  readonly sentAt: Instant;
  readonly content: Content;
};

/** The dead letter queues, by their ids. */
export interface DeadLetters {
  /** Undefined for a queue that there is none of. */
  kindOf(queue: string): DeadLetterKind | undefined;
  depths(): Promise<readonly DeadLetterQueueView[]>;
  /** As many as there are, up to a maximum, the oldest first. */
  take(queue: string, lettersMax: number): Promise<readonly Letter[]>;
  putBack(queue: string, letters: readonly Letter[]): Promise<void>;
  remove(queue: string, letter: Letter): Promise<void>;
}

/** Sends a message on its way again. Throws when it did not arrive. */
export interface Redrives {
  redrive(queue: string, letter: Letter): Promise<void>;
}

export interface OrderStates {
  /** Of each id, what its order and its reservation are now. */
  of(orderIds: readonly string[]): Promise<ReadonlyMap<string, OrderState>>;
}

/** What the consumers logged. */
export interface ConsumerLogs {
  /** The last fault of each message that one is found of, by message id. */
  faultsOf(queue: string, letters: readonly Letter[]): Promise<ReadonlyMap<string, string>>;
}

/** The settings that a stage of the API has for single routes. */
export interface RouteSettings {
  /** Keys of the routes with settings, also of routes that no longer exist; none while there is no stage. */
  keys(): Promise<readonly string[]>;
  /** Deletes the settings of a route; does nothing where there are none. */
  remove(routeKey: string): Promise<void>;
}
