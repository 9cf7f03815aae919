import { describe, expect, test } from 'vitest';
import type { DeadLetterKind } from '../../../lambdas/contracts/api/dead-letters.ts';
import type { OrderState } from '../../../lambdas/dead-letters/domain/assessment.ts';
import { discardMessages } from '../../../lambdas/dead-letters/use-cases/discard-messages.ts';
import { explainMessages } from '../../../lambdas/dead-letters/use-cases/explain-messages.ts';
import type {
  DeadLetter,
  DeadLetters,
  MessageContent,
} from '../../../lambdas/dead-letters/use-cases/ports.ts';
import { redriveMessages } from '../../../lambdas/dead-letters/use-cases/redrive-messages.ts';
import { NOON, seconds } from '../../support/inventory.ts';

const QUEUE = 'inventory-OrderFulfilled-Failed';
const INPUT = { queue: QUEUE, messagesMax: 10, by: 'staff', verdict: 'useful' } as const;

const aMessage = (messageId: string, content: Partial<MessageContent> = {}): DeadLetter => ({
  messageId,
  receiptHandle: `receipt of ${messageId}`,
  body: `body of ${messageId}`,
  sentAt: NOON,
  content: { kind: 'event', summary: 'OrderFulfilled', orderId: messageId, ...content },
});

/** A queue in memory. A received message is invisible until it is released or deleted. */
class MemoryDeadLetters implements DeadLetters {
  readonly visible: DeadLetter[];
  readonly received = new Set<DeadLetter>();
  failsDeletes = false;
  readonly #kind: DeadLetterKind;

  constructor(kind: DeadLetterKind, ...messages: readonly DeadLetter[]) {
    this.#kind = kind;
    this.visible = [...messages];
  }

  kindOf(queue: string) {
    return queue === QUEUE ? this.#kind : undefined;
  }

  async getDepths() {
    return [];
  }

  async receive(_queue: string, messagesMax: number) {
    const received = this.visible.splice(0, messagesMax);
    for (const one of received) this.received.add(one);
    return received;
  }

  async release(_queue: string, messages: readonly DeadLetter[]) {
    for (const one of messages) if (this.received.delete(one)) this.visible.push(one);
  }

  async delete(_queue: string, one: DeadLetter) {
    if (this.failsDeletes) throw new Error('SQS is away');
    this.received.delete(one);
  }

  get ids() {
    return this.visible.map(({ messageId }) => messageId).sort();
  }
}

const STATES: ReadonlyMap<string, OrderState> = new Map([
  ['useful', { order: 'FULFILLED', reservation: 'COMMITTED' }],
  ['harmless', { order: 'FULFILLED', reservation: 'FULFILLED' }],
  ['superseded', { order: 'CANCELLED', reservation: 'RELEASED' }],
]);
const UNREADABLE_CONTENT = {
  kind: 'unreadable',
  summary: 'noise',
  error: 'its body is no JSON',
} as const;
const oneOfEachVerdict = () => [
  aMessage('useful'),
  aMessage('harmless'),
  aMessage('superseded'),
  aMessage('unreadable', UNREADABLE_CONTENT),
];

function createPorts(deadLetters: MemoryDeadLetters, fails: readonly string[] = []) {
  const sent: string[] = [];
  let now = NOON;
  const ports = {
    deadLetters,
    orders: { getStates: async () => STATES },
    redriver: {
      redrive: async (_queue: string, { messageId }: DeadLetter) => {
        now += seconds(1);
        if (fails.includes(messageId)) throw new Error('nobody took it');
        sent.push(messageId);
      },
    },
    logs: { findErrors: async () => new Map([['useful', 'a deadlock']]) },
    clock: () => now,
  };
  return { ports, sent };
}
const outcomesOf = (result: Awaited<ReturnType<typeof redriveMessages>>) =>
  result.ok
    ? Object.fromEntries(result.value.items.map(({ messageId, outcome }) => [messageId, outcome]))
    : result.error;

describe('redriving', () => {
  test('sends all messages except superseded and unreadable ones', async () => {
    const deadLetters = new MemoryDeadLetters('event', ...oneOfEachVerdict());
    const { ports, sent } = createPorts(deadLetters);

    const result = await redriveMessages(ports, INPUT);

    expect(outcomesOf(result)).toEqual({
      useful: 'redriven',
      harmless: 'redriven',
      superseded: 'skipped',
      unreadable: 'skipped',
    });
    expect(sent).toEqual(['useful', 'harmless']);
    expect(deadLetters.ids).toEqual(['superseded', 'unreadable']);
    expect(deadLetters.received.size).toBe(0);
  });

  test('skips a named message with another verdict', async () => {
    const deadLetters = new MemoryDeadLetters('event', ...oneOfEachVerdict());
    const { ports, sent } = createPorts(deadLetters);

    const result = await redriveMessages(ports, { ...INPUT, messageIds: ['superseded', 'useful'] });

    expect(outcomesOf(result)).toEqual({ superseded: 'skipped', useful: 'redriven' });
    expect(result.ok && result.value.items.map(({ reason }) => reason)).toContainEqual(
      expect.stringMatching(/^redriving it is superseded, not useful: /),
    );
    expect(sent).toEqual(['useful']);
  });

  test('sends named messages with the same verdict, and reports missing ones', async () => {
    const deadLetters = new MemoryDeadLetters('event', ...oneOfEachVerdict());
    const { ports, sent } = createPorts(deadLetters);

    const result = await redriveMessages(ports, {
      ...INPUT,
      messageIds: ['superseded', 'gone'],
      verdict: 'superseded',
    });

    expect(outcomesOf(result)).toEqual({ superseded: 'redriven', gone: 'notFound' });
    expect(sent).toEqual(['superseded']);
    expect(deadLetters.ids).toEqual(['harmless', 'unreadable', 'useful']);
  });

  test('finds a named message behind many others', async () => {
    const many = Array.from({ length: 90 }, (_, number) =>
      aMessage(`m-${number}`, { orderId: 'useful' }),
    );
    const deadLetters = new MemoryDeadLetters('event', ...many);
    const { ports, sent } = createPorts(deadLetters);

    const result = await redriveMessages(ports, { ...INPUT, messageIds: ['m-88'] });

    expect(outcomesOf(result)).toEqual({ 'm-88': 'redriven' });
    expect(sent).toEqual(['m-88']);
    expect(deadLetters.ids).toHaveLength(89);
  });

  test('sends and deletes nothing in a dry run', async () => {
    const deadLetters = new MemoryDeadLetters('event', ...oneOfEachVerdict());
    const { ports, sent } = createPorts(deadLetters);

    const result = await redriveMessages(ports, { ...INPUT, dryRun: true });

    expect(outcomesOf(result)).toMatchObject({ useful: 'wouldBeRedriven', superseded: 'skipped' });
    expect(sent).toEqual([]);
    expect(deadLetters.ids).toHaveLength(4);
  });

  test('keeps a message that was not accepted, and continues', async () => {
    const deadLetters = new MemoryDeadLetters('event', ...oneOfEachVerdict());
    const { ports } = createPorts(deadLetters, ['useful']);

    const result = await redriveMessages(ports, INPUT);

    expect(outcomesOf(result)).toMatchObject({ useful: 'failed', harmless: 'redriven' });
    expect(deadLetters.ids).toEqual(['superseded', 'unreadable', 'useful']);
  });

  test('keeps a sent message that could not be deleted', async () => {
    const deadLetters = new MemoryDeadLetters('event', aMessage('useful'));
    deadLetters.failsDeletes = true;
    const { ports, sent } = createPorts(deadLetters);

    const result = await redriveMessages(ports, INPUT);

    expect(outcomesOf(result)).toEqual({ useful: 'failed' });
    expect(sent).toEqual(['useful']);
    expect(deadLetters.ids).toEqual(['useful']);
  });

  test('stops before its request times out', async () => {
    const many = Array.from({ length: 30 }, (_, number) =>
      aMessage(`m-${number}`, { orderId: 'useful' }),
    );
    const deadLetters = new MemoryDeadLetters('event', ...many);
    const { ports, sent } = createPorts(deadLetters);

    const result = await redriveMessages(ports, { ...INPUT, messagesMax: 30 });

    expect(sent).toHaveLength(16);
    expect(deadLetters.ids).toHaveLength(14);
    expect(result).toMatchObject({ ok: true, value: { hasMore: true } });
  });

  test.each([
    ['notification', 'notification'],
    ['bus', 'encryptedEvent'],
  ] as const)('sends nothing from a queue of kind %s', async (kind, contentKind) => {
    const deadLetters = new MemoryDeadLetters(kind, aMessage('useful', { kind: contentKind }));
    const { ports, sent } = createPorts(deadLetters);

    const result = await redriveMessages(ports, { ...INPUT, messageIds: ['useful'] });

    expect(outcomesOf(result)).toEqual({ useful: 'skipped' });
    expect(sent).toEqual([]);
  });

  test('is rejected for an unknown queue', async () => {
    const { ports } = createPorts(new MemoryDeadLetters('event'));
    const input = { ...INPUT, queue: 'other' };

    expect(await redriveMessages(ports, input)).toMatchObject({ error: { kind: 'queueNotFound' } });
    expect(await explainMessages(ports, { ...input, now: NOON })).toMatchObject({
      error: { kind: 'queueNotFound' },
    });
    expect(await discardMessages(ports.deadLetters, input)).toMatchObject({
      error: { kind: 'queueNotFound' },
    });
  });
});

describe('explaining', () => {
  test('returns the logged error, and releases all messages', async () => {
    const deadLetters = new MemoryDeadLetters('event', ...oneOfEachVerdict());

    const result = await explainMessages(createPorts(deadLetters).ports, { ...INPUT, now: NOON });

    const items = result.ok ? result.value.items : [];
    expect(items.map(({ messageId, verdict }) => [messageId, verdict])).toEqual([
      ['useful', 'useful'],
      ['harmless', 'harmless'],
      ['superseded', 'superseded'],
      ['unreadable', 'harmless'],
    ]);
    expect(items[0]).toMatchObject({ cause: 'a deadlock', expiresAt: '2026-01-15T12:00:00.000Z' });
    expect(items[1]?.cause).toMatch(/^Unknown: the consumer log/);
    expect(items[3]?.cause).toBe('its body is no JSON');
    expect(deadLetters.ids).toHaveLength(4);
  });

  test('releases all messages when reading the orders fails', async () => {
    const deadLetters = new MemoryDeadLetters('event', ...oneOfEachVerdict());
    const orders = { getStates: () => Promise.reject(new Error('orders is away')) };

    await expect(
      explainMessages({ ...createPorts(deadLetters).ports, orders }, { ...INPUT, now: NOON }),
    ).rejects.toThrow('away');
    expect(deadLetters.ids).toHaveLength(4);
  });
});

describe('discarding', () => {
  test('deletes named messages and returns their contents', async () => {
    const deadLetters = new MemoryDeadLetters('event', ...oneOfEachVerdict());

    const result = await discardMessages(deadLetters, { ...INPUT, messageIds: ['superseded'] });

    expect(result).toMatchObject({
      value: {
        items: [{ messageId: 'superseded', outcome: 'discarded', body: 'body of superseded' }],
      },
    });
    expect(deadLetters.ids).toEqual(['harmless', 'unreadable', 'useful']);
  });

  test('keeps a message that could not be deleted', async () => {
    const deadLetters = new MemoryDeadLetters('event', ...oneOfEachVerdict());
    deadLetters.failsDeletes = true;

    const result = await discardMessages(deadLetters, { ...INPUT, messageIds: ['useful'] });

    expect(outcomesOf(result)).toEqual({ useful: 'failed' });
    expect(deadLetters.ids).toHaveLength(4);
  });
});
