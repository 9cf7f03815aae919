import { expect, test } from 'vitest';
import type { Story, Told } from './chaos-story.ts';
import { shrunk } from './shrink.ts';

const CUSTOMERS = 40;
const FAULTS = Array.from({ length: 30 }, (_, number) => `fault-${number}`);
const STORY: Story = { seed: 1, customers: CUSTOMERS };

const told = (violations: readonly string[], faultKeys: readonly string[]): Told => ({
  violations,
  faultKeys,
  sagas: {},
  orders: {},
  faults: {},
  invariants: {},
  calls: 0,
  trace: [],
  books: undefined,
});

/** Fails as long as these customers come and these calls go wrong. */
const failing =
  (customers: readonly number[], faults: readonly string[]) =>
  async ({ absent, spared }: Story): Promise<Told> => {
    const there = FAULTS.filter((fault) => !spared?.has(fault));
    const fails =
      customers.every((one) => !absent?.has(one)) && faults.every((fault) => there.includes(fault));
    return told(fails ? ['I1 tea'] : [], there);
  };

test('a story that fails is made as small as it still fails: customers first, then faults', async () => {
  const { story, told: smallest } = await shrunk(failing([7, 31], ['fault-4']), STORY);

  const there = Array.from({ length: CUSTOMERS }, (_, number) => number).filter(
    (one) => !story.absent?.has(one),
  );
  expect(there).toEqual([7, 31]);
  expect(smallest.faultKeys).toEqual(['fault-4']);
  expect(smallest.violations).toEqual(['I1 tea']);
});

test('a story that does not fail when it is told again is an error', async () => {
  await expect(shrunk(async () => told([], FAULTS), STORY)).rejects.toThrow('does not fail');
});
