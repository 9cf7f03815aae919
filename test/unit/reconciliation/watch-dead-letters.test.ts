import { describe, expect, test } from 'vitest';
import { watchDeadLetters } from '../../../lambdas/reconciliation/use-cases/watch-dead-letters.ts';

const queue = (name: string, messages: number) => ({ name, kind: 'event' as const, messages });

function portsOf(getDepths: () => Promise<readonly ReturnType<typeof queue>[]>) {
  const written: unknown[] = [];
  return {
    ports: {
      queues: { getDepths },
      metrics: { putMetrics: (metrics: unknown) => written.push(metrics) },
    },
    written,
  };
}

describe('the count of dead letters', () => {
  test('is the sum of all queues', async () => {
    const { ports, written } = portsOf(async () => [queue('a', 2), queue('b', 0), queue('c', 1)]);

    await watchDeadLetters(ports);

    expect(written).toEqual([{ DeadLetters: { value: 3, unit: 'Count' } }]);
  });

  test('is not written while all queues are empty', async () => {
    const { ports, written } = portsOf(async () => [queue('a', 0)]);

    await watchDeadLetters(ports);

    expect(written).toEqual([]);
  });

  test('throws when a queue cannot be counted', async () => {
    const { ports, written } = portsOf(() => Promise.reject(new Error('no such queue')));

    await expect(watchDeadLetters(ports)).rejects.toThrow('no such queue');
    expect(written).toEqual([]);
  });
});
