import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { Activity } from '../../../../local/functions/activity.ts';
import type { Invoke } from '../../../../local/functions/invoke.ts';

const FOREVER_MILLISECONDS = 3_600_000;
const PAUSES = { active: 1, idle: FOREVER_MILLISECONDS };
const never = new AbortController().signal;
const succeed: Invoke = async () => ({ ok: true, payload: null });
const isPending = async (wait: Promise<void>): Promise<boolean> =>
  Promise.race([wait.then(() => false), delay(20, true)]);

describe('a pause', () => {
  test('is long while no function runs', async () => {
    const stopping = new AbortController();

    expect(await isPending(new Activity().pause(PAUSES, stopping.signal))).toBe(true);
    stopping.abort();
  });

  test('is short while a function runs', async () => {
    const activity = new Activity();
    const { promise, resolve } = Promise.withResolvers<void>();
    const running = activity.track(async (...call) => {
      await promise;
      return succeed(...call);
    })('arn', {});

    await activity.pause(PAUSES, never);
    resolve();

    expect(await running).toEqual({ ok: true, payload: null });
  });

  test('is short for five seconds after a function ran, and then long', async () => {
    let now = 0;
    const activity = new Activity(() => now);
    await activity.track(succeed)('arn', {});

    now = 4_999;
    await activity.pause(PAUSES, never);

    now = 5_000;
    const stopping = new AbortController();
    expect(await isPending(activity.pause(PAUSES, stopping.signal))).toBe(true);
    stopping.abort();
  });

  test('ends when a function starts', async () => {
    const activity = new Activity();
    const waits = [activity.pause(PAUSES, never), activity.pause(PAUSES, never)];

    await activity.track(succeed)('arn', {});

    await Promise.all(waits);
  });

  test('ends with the signal, and at once after it', async () => {
    const activity = new Activity();
    const stopping = new AbortController();
    const wait = activity.pause(PAUSES, stopping.signal);

    stopping.abort();

    await wait;
    await activity.pause(PAUSES, stopping.signal);
  });
});
