import { describe, expect, test } from 'vitest';
import type { DeadLetterKind } from '../../../lambdas/contracts/dead-letters-api.ts';
import type { OrderState } from '../../../lambdas/operations/domain/judgement.ts';
import { explainLetters } from '../../../lambdas/operations/use-cases/explain-letters.ts';
import type { Content, DeadLetters, Letter } from '../../../lambdas/operations/use-cases/ports.ts';
import {
  discardLetters,
  redriveLetters,
} from '../../../lambdas/operations/use-cases/treat-letters.ts';
import { NOON, seconds } from '../../support/inventory.ts';

const QUEUE = 'inventory-OrderFulfilled-Failed';
const ASKED = { queue: QUEUE, lettersMax: 10, by: 'staff', verdict: 'useful' } as const;

const letter = (messageId: string, content: Partial<Content> = {}): Letter => ({
  messageId,
  receipt: `receipt of ${messageId}`,
  body: `body of ${messageId}`,
  sentAt: NOON,
  content: { about: 'event', what: 'OrderFulfilled', orderId: messageId, ...content },
});

/** A queue in memory: what is taken is in hand until it is put back or removed. */
class MemoryDeadLetters implements DeadLetters {
  readonly lying: Letter[];
  readonly inHand = new Set<Letter>();
  removesFail = false;
  readonly #kind: DeadLetterKind;

  constructor(kind: DeadLetterKind, ...letters: readonly Letter[]) {
    this.#kind = kind;
    this.lying = [...letters];
  }

  kindOf(queue: string) {
    return queue === QUEUE ? this.#kind : undefined;
  }

  async depths() {
    return [];
  }

  async take(_queue: string, lettersMax: number) {
    const taken = this.lying.splice(0, lettersMax);
    for (const one of taken) this.inHand.add(one);
    return taken;
  }

  async putBack(_queue: string, letters: readonly Letter[]) {
    for (const one of letters) if (this.inHand.delete(one)) this.lying.push(one);
  }

  async remove(_queue: string, one: Letter) {
    if (this.removesFail) throw new Error('SQS is away');
    this.inHand.delete(one);
  }

  get ids() {
    return this.lying.map(({ messageId }) => messageId).sort();
  }
}

const STATES: ReadonlyMap<string, OrderState> = new Map([
  ['useful', { order: 'FULFILLED', reservation: 'COMMITTED' }],
  ['harmless', { order: 'FULFILLED', reservation: 'FULFILLED' }],
  ['superseded', { order: 'CANCELLED', reservation: 'RELEASED' }],
]);
const UNREADABLE = { about: 'unreadable', what: 'noise', fault: 'its body is no JSON' } as const;
const all = () => [
  letter('useful'),
  letter('harmless'),
  letter('superseded'),
  letter('unreadable', UNREADABLE),
];

function desk(letters: MemoryDeadLetters, fails: readonly string[] = []) {
  const sent: string[] = [];
  let now = NOON;
  const ports = {
    letters,
    orders: { of: async () => STATES },
    redrives: {
      redrive: async (_queue: string, { messageId }: Letter) => {
        now += seconds(1);
        if (fails.includes(messageId)) throw new Error('nobody took it');
        sent.push(messageId);
      },
    },
    logs: { faultsOf: async () => new Map([['useful', 'a deadlock']]) },
    clock: () => now,
  };
  return { ports, sent };
}
const outcomesOf = (result: Awaited<ReturnType<typeof redriveLetters>>) =>
  result.ok
    ? Object.fromEntries(result.value.items.map(({ messageId, outcome }) => [messageId, outcome]))
    : result.refusal;

describe('redriving', () => {
  test('sends all but what is superseded or unreadable, and leaves those', async () => {
    const letters = new MemoryDeadLetters('event', ...all());
    const { ports, sent } = desk(letters);

    const result = await redriveLetters(ports, ASKED);

    expect(outcomesOf(result)).toEqual({
      useful: 'redriven',
      harmless: 'redriven',
      superseded: 'skipped',
      unreadable: 'skipped',
    });
    expect(sent).toEqual(['useful', 'harmless']);
    expect(letters.ids).toEqual(['superseded', 'unreadable']);
    expect(letters.inHand.size).toBe(0);
  });

  test('skips what is named where it is judged otherwise than it was seen', async () => {
    const letters = new MemoryDeadLetters('event', ...all());
    const { ports, sent } = desk(letters);

    const result = await redriveLetters(ports, { ...ASKED, messageIds: ['superseded', 'useful'] });

    expect(outcomesOf(result)).toEqual({ superseded: 'skipped', useful: 'redriven' });
    expect(result.ok && result.value.items.map(({ reason }) => reason)).toContainEqual(
      expect.stringMatching(/^redriving it is superseded, not useful: /),
    );
    expect(sent).toEqual(['useful']);
  });

  test('sends what is named and was seen as it is, and says what there is not', async () => {
    const letters = new MemoryDeadLetters('event', ...all());
    const { ports, sent } = desk(letters);

    const result = await redriveLetters(ports, {
      ...ASKED,
      messageIds: ['superseded', 'gone'],
      verdict: 'superseded',
    });

    expect(outcomesOf(result)).toEqual({ superseded: 'redriven', gone: 'notFound' });
    expect(sent).toEqual(['superseded']);
    expect(letters.ids).toEqual(['harmless', 'unreadable', 'useful']);
  });

  test('finds what is named behind many others', async () => {
    const many = Array.from({ length: 90 }, (_, number) =>
      letter(`m-${number}`, { orderId: 'useful' }),
    );
    const letters = new MemoryDeadLetters('event', ...many);
    const { ports, sent } = desk(letters);

    const result = await redriveLetters(ports, { ...ASKED, messageIds: ['m-88'] });

    expect(outcomesOf(result)).toEqual({ 'm-88': 'redriven' });
    expect(sent).toEqual(['m-88']);
    expect(letters.ids).toHaveLength(89);
  });

  test('for a try, sends nothing and takes nothing away', async () => {
    const letters = new MemoryDeadLetters('event', ...all());
    const { ports, sent } = desk(letters);

    const result = await redriveLetters(ports, { ...ASKED, dryRun: true });

    expect(outcomesOf(result)).toMatchObject({ useful: 'wouldBeRedriven', superseded: 'skipped' });
    expect(sent).toEqual([]);
    expect(letters.ids).toHaveLength(4);
  });

  test('keeps what did not arrive, and goes on with the rest', async () => {
    const letters = new MemoryDeadLetters('event', ...all());
    const { ports } = desk(letters, ['useful']);

    const result = await redriveLetters(ports, ASKED);

    expect(outcomesOf(result)).toMatchObject({ useful: 'failed', harmless: 'redriven' });
    expect(letters.ids).toEqual(['superseded', 'unreadable', 'useful']);
  });

  test('keeps what was sent and could not be removed: it comes twice', async () => {
    const letters = new MemoryDeadLetters('event', letter('useful'));
    letters.removesFail = true;
    const { ports, sent } = desk(letters);

    const result = await redriveLetters(ports, ASKED);

    expect(outcomesOf(result)).toEqual({ useful: 'failed' });
    expect(sent).toEqual(['useful']);
    expect(letters.ids).toEqual(['useful']);
  });

  test('ends before its request does', async () => {
    const many = Array.from({ length: 30 }, (_, number) =>
      letter(`m-${number}`, { orderId: 'useful' }),
    );
    const letters = new MemoryDeadLetters('event', ...many);
    const { ports, sent } = desk(letters);

    const result = await redriveLetters(ports, { ...ASKED, lettersMax: 30 });

    expect(sent).toHaveLength(16);
    expect(letters.ids).toHaveLength(14);
    expect(result).toMatchObject({ ok: true, value: { more: true } });
  });

  test.each([
    ['notice', 'notice'],
    ['bus', 'encrypted'],
  ] as const)('sends nothing of a queue of kind %s again', async (kind, about) => {
    const letters = new MemoryDeadLetters(kind, letter('useful', { about }));
    const { ports, sent } = desk(letters);

    const result = await redriveLetters(ports, { ...ASKED, messageIds: ['useful'] });

    expect(outcomesOf(result)).toEqual({ useful: 'skipped' });
    expect(sent).toEqual([]);
  });

  test('of a queue that there is none of is refused', async () => {
    const { ports } = desk(new MemoryDeadLetters('event'));
    const asked = { ...ASKED, queue: 'other' };

    expect(await redriveLetters(ports, asked)).toMatchObject({ refusal: { kind: 'noSuchQueue' } });
    expect(await explainLetters(ports, { ...asked, now: NOON })).toMatchObject({
      refusal: { kind: 'noSuchQueue' },
    });
    expect(await discardLetters(ports.letters, asked)).toMatchObject({
      refusal: { kind: 'noSuchQueue' },
    });
  });
});

describe('explaining', () => {
  test('tells what the log says, and gives everything back', async () => {
    const letters = new MemoryDeadLetters('event', ...all());

    const result = await explainLetters(desk(letters).ports, { ...ASKED, now: NOON });

    const items = result.ok ? result.value.items : [];
    expect(items.map(({ messageId, verdict }) => [messageId, verdict])).toEqual([
      ['useful', 'useful'],
      ['harmless', 'harmless'],
      ['superseded', 'superseded'],
      ['unreadable', 'harmless'],
    ]);
    expect(items[0]).toMatchObject({ cause: 'a deadlock', keptUntil: '2026-01-15T12:00:00.000Z' });
    expect(items[1]?.cause).toMatch(/^Nothing tells/);
    expect(items[3]?.cause).toBe('its body is no JSON');
    expect(letters.ids).toHaveLength(4);
  });

  test('gives everything back though a look at the orders fails', async () => {
    const letters = new MemoryDeadLetters('event', ...all());
    const orders = { of: () => Promise.reject(new Error('orders is away')) };

    await expect(
      explainLetters({ ...desk(letters).ports, orders }, { ...ASKED, now: NOON }),
    ).rejects.toThrow('away');
    expect(letters.ids).toHaveLength(4);
  });
});

describe('discarding', () => {
  test('takes away what is named, and answers with what it was', async () => {
    const letters = new MemoryDeadLetters('event', ...all());

    const result = await discardLetters(letters, { ...ASKED, messageIds: ['superseded'] });

    expect(result).toMatchObject({
      value: {
        items: [{ messageId: 'superseded', outcome: 'discarded', body: 'body of superseded' }],
      },
    });
    expect(letters.ids).toEqual(['harmless', 'unreadable', 'useful']);
  });

  test('keeps what could not be removed', async () => {
    const letters = new MemoryDeadLetters('event', ...all());
    letters.removesFail = true;

    const result = await discardLetters(letters, { ...ASKED, messageIds: ['useful'] });

    expect(outcomesOf(result)).toEqual({ useful: 'failed' });
    expect(letters.ids).toHaveLength(4);
  });
});
