import { arnOf } from '../../../local/account.ts';
import type { Resources } from '../../../local/cloud-assembly/resources.ts';
import type { Invoke } from '../../../local/functions/invoke.ts';
import { failedItemsOf } from '../../../local/messaging/batch-response.ts';
import { eventIdentityOf } from '../event-identity.ts';
import type { SeededRandom } from '../random.ts';
import type { VirtualTime } from '../virtual-time.ts';
import type { MessageDelivery } from './message-delivery.ts';
import {
  type Consumer,
  type Message,
  Queue,
  type ReceivedMessage,
  toConsumer,
  toQueueRecord,
} from './queue.ts';

/** A message that its receiver has not deleted and whose visibility timeout has not passed. */
type InFlight = {
  readonly queue: Queue;
  readonly message: Message;
  readonly stopTimer: () => void;
};

const SECOND = 1_000;

type Settings = {
  readonly time: VirtualTime;
  readonly random: SeededRandom;
  readonly invoke: Invoke;
  readonly messageDelivery: () => MessageDelivery;
};

/**
 * The queues of the templates. Delivers their messages to functions as Lambda's event source
 * mappings do.
 */
export class SimulatedQueues {
  readonly #queues: ReadonlyMap<string, Queue>;
  readonly #settings: Settings;
  /** By receipt handle. */
  readonly #inFlight = new Map<string, InFlight>();

  constructor(resources: Resources, settings: Settings) {
    this.#settings = settings;
    this.#queues = new Map(
      resources
        .ofType('AWS::SQS::Queue')
        .map(({ name, properties }) => [arnOf('sqs', name), new Queue(name, properties)]),
    );
    for (const { properties } of resources.ofType('AWS::Lambda::EventSourceMapping')) {
      const queue = this.#queues.get(properties.EventSourceArn);
      if (queue !== undefined) queue.consumer = toConsumer(properties);
    }
  }

  send(queueArn: string, body: string, delaySeconds = 0): void {
    const queue = this.#queueOf(queueArn);
    queue.sentCount += 1;
    const sentAt = this.#settings.time.now;
    const message = {
      messageId: `${queue.name}-${queue.sentCount}`,
      body,
      sentAt,
      receiveCount: 0,
    };
    const random = this.#settings.random.fork(
      queue.name,
      eventIdentityOf({ Records: [{ body }] }),
      queue.sentCount,
    );
    this.#scheduleArrival(
      queue,
      message,
      delaySeconds * SECOND + this.#settings.messageDelivery().delayMilliseconds(random),
    );
  }

  /** Returns the visible messages of the queues whose name contains `name`. */
  messagesIn(name: string): readonly Message[] {
    return [...this.#queues.values()]
      .filter((queue) => queue.name.includes(name))
      .flatMap(({ visible }) => visible);
  }

  deadLetters(): readonly { readonly queue: string; readonly body: string }[] {
    return [...this.#queues.values()]
      .filter(({ consumer }) => consumer === undefined)
      .flatMap(({ name, visible }) => visible.map(({ body }) => ({ queue: name, body })));
  }

  /** Moves every dead letter back to its source, as an operator would. */
  redrive(): number {
    let moved = 0;
    for (const source of this.#queues.values()) {
      const dead =
        source.deadLetterArn === undefined ? undefined : this.#queues.get(source.deadLetterArn);
      for (const { body } of dead?.visible.splice(0) ?? []) {
        this.send(source.arn, body);
        moved += 1;
      }
    }
    return moved;
  }

  /**
   * Receives messages and hides them from other receivers for `visibilitySeconds`. Each receive has
   * its own receipt handle.
   */
  receive(
    name: string,
    messagesMax: number,
    visibilitySeconds: number,
  ): readonly ReceivedMessage[] {
    const queue = this.#queueOf(arnOf('sqs', name));
    return this.#receive(queue, messagesMax, visibilitySeconds * SECOND);
  }

  /**
   * Hides a message for `visibilitySeconds` from now. Returns false if it is not in flight.
   * https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_ChangeMessageVisibility.html
   */
  changeVisibility(receipt: string, visibilitySeconds: number): boolean {
    const found = this.#inFlight.get(receipt);
    if (found === undefined) return false;
    found.stopTimer();
    this.#hide(receipt, found.queue, found.message, visibilitySeconds * SECOND);
    return true;
  }

  delete(receipt: string): void {
    this.#inFlight.get(receipt)?.stopTimer();
    this.#inFlight.delete(receipt);
  }

  /** Number of messages that have not been consumed yet. */
  get pendingCount(): number {
    return [...this.#queues.values()]
      .filter(({ consumer }) => consumer !== undefined)
      .reduce(
        (sum, queue) => sum + queue.visible.length + queue.delayedCount + this.#inFlightOf(queue),
        0,
      );
  }

  get names(): readonly string[] {
    return [...this.#queues.values()].map(({ name }) => name);
  }

  /** Returns the number of visible messages, as ApproximateNumberOfMessages counts them. */
  depth(name: string): number {
    return this.#queueOf(arnOf('sqs', name)).visible.length;
  }

  #inFlightOf(queue: Queue): number {
    return [...this.#inFlight.values()].filter((one) => one.queue === queue).length;
  }

  #queueOf(queueArn: string): Queue {
    const queue = this.#queues.get(queueArn);
    if (queue === undefined) throw new Error(`There is no queue ${queueArn}.`);
    return queue;
  }

  #scheduleArrival(queue: Queue, message: Message, milliseconds: number): void {
    queue.delayedCount += 1;
    this.#settings.time.schedule(milliseconds, () => {
      queue.delayedCount -= 1;
      queue.visible.push(message);
      this.#poll(queue);
    });
  }

  #receive(
    queue: Queue,
    messagesMax: number,
    visibilityMilliseconds: number,
  ): readonly ReceivedMessage[] {
    return queue.visible.splice(0, messagesMax).map((message) => {
      message.receiveCount += 1;
      const receipt = `${message.messageId}#${message.receiveCount}`;
      this.#hide(receipt, queue, message, visibilityMilliseconds);
      return { receipt, message };
    });
  }

  #hide(receipt: string, queue: Queue, message: Message, milliseconds: number): void {
    const show = (): void => {
      this.#inFlight.delete(receipt);
      if (message.receiveCount < queue.receiveCountMax || queue.deadLetterArn === undefined)
        queue.visible.push(message);
      else this.#queueOf(queue.deadLetterArn).visible.push(message);
      this.#poll(queue);
    };
    if (milliseconds === 0) show();
    else
      this.#inFlight.set(receipt, {
        queue,
        message,
        stopTimer: this.#settings.time.schedule(milliseconds, show),
      });
  }

  #poll(queue: Queue): void {
    const { consumer } = queue;
    if (consumer === undefined || queue.isPollScheduled) return;
    queue.isPollScheduled = true;
    this.#settings.time.schedule(0, () => {
      queue.isPollScheduled = false;
      const batch = this.#receive(queue, consumer.batchSize, queue.visibilityMilliseconds);
      if (batch.length === 0) return;
      void this.#consume(queue, consumer, batch);
      if (queue.visible.length > 0) this.#poll(queue);
    });
  }

  /**
   * Deletes the messages that the function has processed. Reported failures, and the whole batch if
   * the function crashed, stay hidden until the visibility timeout has passed.
   */
  async #consume(
    queue: Queue,
    consumer: Consumer,
    batch: readonly ReceivedMessage[],
  ): Promise<void> {
    const result = await this.#settings.invoke(consumer.functionArn, {
      Records: batch.map((one) => toQueueRecord(one, queue)),
    });
    const ids = new Set(batch.map(({ message }) => message.messageId));
    const failed = !result.ok
      ? 'all'
      : consumer.reportsFailures
        ? failedItemsOf(result.payload, ids)
        : new Set<string>();
    if (failed === 'all') return;
    for (const { receipt, message } of batch.filter((one) => !failed.has(one.message.messageId))) {
      this.delete(receipt);
      const random = this.#settings.random.fork(message.messageId, 'again', message.receiveCount);
      if (this.#settings.messageDelivery().isRedelivered(random, message.receiveCount))
        this.#scheduleArrival(
          queue,
          message,
          this.#settings.messageDelivery().delayMilliseconds(random),
        );
    }
  }
}
