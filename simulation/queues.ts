import { arnOf } from '../local/account.ts';
import { failuresOf } from '../local/batch-response.ts';
import type { Invoke } from '../local/functions.ts';
import type { Properties } from '../local/resource-types.ts';
import type { Resources } from '../local/resources.ts';
import type { Chance } from './chance.ts';
import { identityOf } from './identity.ts';
import type { VirtualTime } from './virtual-time.ts';

export type Message = {
  readonly messageId: string;
  readonly body: string;
  /** Milliseconds since 1970. */
  readonly sentAt: number;
  receives: number;
};

export type Received = { readonly receipt: string; readonly message: Message };

/** How messages travel: late, out of order, more than once. */
export type Post = {
  /** Milliseconds until a message can be received. */
  readonly delay: (chance: Chance) => number;
  /** True for a message that comes once more after it was done; it was received so many times. */
  readonly isRepeated: (chance: Chance, receives: number) => boolean;
};

type Consumer = {
  readonly functionArn: string;
  readonly batchSize: number;
  readonly reportsFailures: boolean;
};

const BATCH_SIZE_DEFAULT = 10;
const VISIBILITY_SECONDS_DEFAULT = 30;

class Queue {
  readonly name: string;
  readonly arn: string;
  readonly visibilityMilliseconds: number;
  readonly receivesMax: number;
  readonly deadLetterArn: string | undefined;
  readonly ready: Message[] = [];
  /** Those that wait to be ready, or are in hand. */
  underWay = 0;
  isPolled = false;
  sent = 0;
  consumer: Consumer | undefined;

  constructor(name: string, properties: Properties<'AWS::SQS::Queue'>) {
    this.name = name;
    this.arn = arnOf('sqs', name);
    this.visibilityMilliseconds = (properties.VisibilityTimeout ?? VISIBILITY_SECONDS_DEFAULT) * 1_000;
    this.receivesMax = properties.RedrivePolicy?.maxReceiveCount ?? Number.POSITIVE_INFINITY;
    this.deadLetterArn = properties.RedrivePolicy?.deadLetterTargetArn;
  }
}

type Settings = {
  readonly time: VirtualTime;
  readonly chance: Chance;
  readonly invoke: Invoke;
  readonly post: () => Post;
};

/** The queues of the templates and the functions that consume them, as Lambda's event source mappings do. */
export class SimulatedQueues {
  readonly #queues: ReadonlyMap<string, Queue>;
  readonly #settings: Settings;
  /** By their receipts. */
  readonly #inHand = new Map<string, { readonly queue: Queue; readonly message: Message }>();

  constructor(resources: Resources, settings: Settings) {
    this.#settings = settings;
    this.#queues = new Map(
      resources
        .of('AWS::SQS::Queue')
        .map(({ name, properties }) => [arnOf('sqs', name), new Queue(name, properties)]),
    );
    for (const { properties } of resources.of('AWS::Lambda::EventSourceMapping')) {
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
    const queue = this.#of(queueArn);
    queue.sent += 1;
    const sentAt = this.#settings.time.now;
    const message = { messageId: `${queue.name}-${queue.sent}`, body, sentAt, receives: 0 };
    const chance = this.#settings.chance.of(queue.name, identityOf({ Records: [{ body }] }), queue.sent);
    this.#arriving(queue, message, delaySeconds * 1_000 + this.#settings.post().delay(chance));
  }

  /** The messages that lie in the queue for nobody to consume: those of a dead-letter queue. */
  lyingIn(name: string): readonly Message[] {
    return [...this.#queues.values()]
      .filter((queue) => queue.name.includes(name))
      .flatMap(({ ready }) => ready);
  }

  deadLetters(): readonly { readonly queue: string; readonly body: string }[] {
    return [...this.#queues.values()]
      .filter(({ consumer }) => consumer === undefined)
      .flatMap(({ name, ready }) => ready.map(({ body }) => ({ queue: name, body })));
  }

  /** Moves every message that was given up back to where it came from, as an operator would. */
  redrive(): number {
    let moved = 0;
    for (const source of this.#queues.values()) {
      const dead = source.deadLetterArn === undefined ? undefined : this.#queues.get(source.deadLetterArn);
      for (const { body } of dead?.ready.splice(0) ?? []) {
        this.send(source.arn, body);
        moved += 1;
      }
    }
    return moved;
  }

  /** As somebody receives who is no consumer: nobody else sees the messages for a while, or until they are given back or removed. */
  receive(name: string, messagesMax: number, visibilitySeconds: number): readonly Received[] {
    const queue = this.#of(arnOf('sqs', name));
    return queue.ready.splice(0, messagesMax).map((message) => {
      message.receives += 1;
      const receipt = `${message.messageId}#${message.receives}`;
      this.#inHand.set(receipt, { queue, message });
      this.#settings.time.after(visibilitySeconds * 1_000, () => this.giveBack(receipt));
      return { receipt, message };
    });
  }

  giveBack(receipt: string): void {
    const found = this.#inHand.get(receipt);
    if (this.#inHand.delete(receipt)) found?.queue.ready.push(found.message);
  }

  remove(receipt: string): void {
    this.#inHand.delete(receipt);
  }

  /** Messages that are still to be consumed. */
  get underWay(): number {
    return [...this.#queues.values()]
      .filter(({ consumer }) => consumer !== undefined)
      .reduce((sum, { ready, underWay }) => sum + ready.length + underWay, 0);
  }

  get names(): readonly string[] {
    return [...this.#queues.values()].map(({ name }) => name);
  }

  depth(name: string): number {
    const queue = this.#of(arnOf('sqs', name));
    return queue.ready.length + queue.underWay;
  }

  #of(queueArn: string): Queue {
    const queue = this.#queues.get(queueArn);
    if (queue === undefined) throw new Error(`there is no queue ${queueArn}`);
    return queue;
  }

  #arriving(queue: Queue, message: Message, milliseconds: number): void {
    queue.underWay += 1;
    this.#settings.time.after(milliseconds, () => {
      queue.underWay -= 1;
      queue.ready.push(message);
      this.#poll(queue);
    });
  }

  #poll(queue: Queue): void {
    if (queue.consumer === undefined || queue.isPolled) return;
    queue.isPolled = true;
    this.#settings.time.after(0, () => {
      queue.isPolled = false;
      const batch = queue.ready.splice(0, queue.consumer?.batchSize ?? BATCH_SIZE_DEFAULT);
      if (batch.length === 0) return;
      void this.#consume(queue, batch);
      if (queue.ready.length > 0) this.#poll(queue);
    });
  }

  async #consume(queue: Queue, batch: readonly Message[]): Promise<void> {
    const { consumer } = queue;
    if (consumer === undefined) return;
    queue.underWay += batch.length;
    for (const message of batch) message.receives += 1;
    const visible = new Promise<void>((resolve) => {
      this.#settings.time.after(queue.visibilityMilliseconds, resolve);
    });
    const result = await this.#settings.invoke(consumer.functionArn, {
      Records: batch.map((one) => toRecord(one, queue)),
    });
    const ids = new Set(batch.map(({ messageId }) => messageId));
    const failed = !result.ok
      ? 'all'
      : consumer.reportsFailures
        ? failuresOf(result.payload, ids)
        : new Set<string>();
    const isFailed = ({ messageId }: Message): boolean => failed === 'all' || failed.has(messageId);
    for (const message of batch.filter((one) => !isFailed(one))) {
      queue.underWay -= 1;
      const chance = this.#settings.chance.of(message.messageId, 'again', message.receives);
      if (this.#settings.post().isRepeated(chance, message.receives))
        this.#arriving(queue, message, this.#settings.post().delay(chance));
    }
    const back = batch.filter(isFailed);
    if (back.length === 0) return;
    await visible;
    queue.underWay -= back.length;
    for (const message of back) {
      if (message.receives < queue.receivesMax || queue.deadLetterArn === undefined)
        queue.ready.push(message);
      else this.#of(queue.deadLetterArn).ready.push(message);
    }
    this.#poll(queue);
  }
}

/** https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html */
const toRecord = ({ messageId, body, receives }: Message, { arn }: Queue) => ({
  messageId,
  body,
  attributes: { ApproximateReceiveCount: String(receives) },
  messageAttributes: {},
  eventSource: 'aws:sqs',
  eventSourceARN: arn,
});
