import { arnOf } from '../../../local/account.ts';
import type { Resources } from '../../../local/cloud-assembly/resources.ts';
import type { Invoke } from '../../../local/functions/invoke.ts';
import { failedItemsOf } from '../../../local/messaging/batch-response.ts';
import { eventIdentityOf } from '../event-identity.ts';
import type { SeededRandom } from '../random.ts';
import type { VirtualTime } from '../virtual-time.ts';
import { type Consumer, type Message, Queue } from './queue.ts';

export type ReceivedMessage = { readonly receipt: string; readonly message: Message };

/** A message that its receiver has not deleted and whose visibility timeout is not over. */
type InFlight = {
  readonly queue: Queue;
  readonly message: Message;
  readonly stopTimer: () => void;
};

/** Delivery of messages: late, out of order, more than once. */
export type MessageDelivery = {
  /** Milliseconds until a message can be received. */
  readonly delayMilliseconds: (random: SeededRandom) => number;
  /**
   * True for a message that is delivered once more after it was processed; `receiveCount` is its
   * number of receives.
   */
  readonly isRedelivered: (random: SeededRandom, receiveCount: number) => boolean;
};

const SECOND = 1_000;
const BATCH_SIZE_DEFAULT = 10;

type Settings = {
  readonly time: VirtualTime;
  readonly random: SeededRandom;
  readonly invoke: Invoke;
  readonly messageDelivery: () => MessageDelivery;
};

/**
 * The queues of the templates and the functions that consume them, as Lambda's event source
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
      if (queue === undefined) continue;
      queue.consumer = {
        functionArn: arnOf('lambda', `function:${properties.FunctionName}`),
        batchSize: properties.BatchSize ?? BATCH_SIZE_DEFAULT,
        reportsFailures: properties.FunctionResponseTypes !== undefined,
      };
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

  /** Returns the messages of a queue without a consumer: a dead-letter queue. */
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
   * Receives messages: they are hidden from other receivers for that time, and each receive has a
   * receipt handle of its own.
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
   * Hides a message for another time, counted from now; false for a message that is not in flight.
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

  /** Number of messages that are still to be consumed. */
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

  /** Messages that can be received now, as ApproximateNumberOfMessages counts them. */
  depth(name: string): number {
    return this.#queueOf(arnOf('sqs', name)).visible.length;
  }

  #inFlightOf(queue: Queue): number {
    return [...this.#inFlight.values()].filter((one) => one.queue === queue).length;
  }

  #queueOf(queueArn: string): Queue {
    const queue = this.#queues.get(queueArn);
    if (queue === undefined) throw new Error(`there is no queue ${queueArn}`);
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
   * the function died, stay hidden until the visibility timeout is over.
   */
  async #consume(
    queue: Queue,
    consumer: Consumer,
    batch: readonly ReceivedMessage[],
  ): Promise<void> {
    const result = await this.#settings.invoke(consumer.functionArn, {
      Records: batch.map((one) => toRecord(one, queue)),
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

/** https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html */
const toRecord = (
  { receipt, message: { messageId, body, receiveCount } }: ReceivedMessage,
  { arn }: Queue,
) => ({
  messageId,
  receiptHandle: receipt,
  body,
  attributes: { ApproximateReceiveCount: String(receiveCount) },
  messageAttributes: {},
  eventSource: 'aws:sqs',
  eventSourceARN: arn,
});
