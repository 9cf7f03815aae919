import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { replaceTimers } from '../../../bench/dynamodb-model/clock/replace-timers.ts';
import { SteppedClock } from '../../../bench/dynamodb-model/clock/stepped-clock.ts';

const HOUR = 3_600_000;

let clock: SteppedClock;
beforeEach(() => {
  clock = new SteppedClock();
});
afterEach(() => clock.stop());

describe('a stepped clock', () => {
  test('steps from sleep to sleep in order of time, whatever their length', async () => {
    const order: string[] = [];
    const sleeper = (name: string, milliseconds: number) =>
      clock.runParticipant(async () => {
        await clock.sleep(milliseconds);
        order.push(`${name} at ${clock.now()}`);
      });

    await Promise.all([
      sleeper('late', 2 * HOUR),
      sleeper('early', HOUR),
      sleeper('as early', HOUR),
    ]);

    expect(order).toEqual([`early at ${HOUR}`, `as early at ${HOUR}`, `late at ${2 * HOUR}`]);
  });

  test('stands still during outside work', async () => {
    const seen: number[] = [];

    await Promise.all([
      clock.runParticipant(async () => {
        await clock.runOutsideModel(new Promise((resolve) => setTimeout(resolve, 30)));
        seen.push(clock.now());
      }),
      clock.runParticipant(() => clock.sleep(HOUR)),
    ]);

    expect(seen).toEqual([0]);
    expect(clock.now()).toBe(HOUR);
  });

  test('stands still without participants', async () => {
    let isOver = false;
    clock.schedule(1, () => {
      isOver = true;
    });

    await delay(30);

    expect([isOver, clock.now()]).toEqual([false, 0]);
  });

  test('moves on while a participant waits for a timer that is not a sleep', async () => {
    await clock.runParticipant(
      () => new Promise<void>((resolve) => void clock.schedule(HOUR, resolve)),
    );

    expect(clock.now()).toBe(HOUR);
  });

  test('does not run a cancelled function', async () => {
    let ran = false;
    const callOff = clock.schedule(1, () => {
      ran = true;
    });
    callOff();

    await clock.runParticipant(() => clock.sleep(2));

    expect(ran).toBe(false);
  });
});

describe('replaced timers', () => {
  test('count a participant as asleep if it awaits one, not if one only limits its time', async () => {
    const restore = replaceTimers(clock);
    const asleep: string[] = [];
    const sleep = clock.sleep.bind(clock);
    clock.sleep = (milliseconds) => {
      asleep.push(`${milliseconds}`);
      return sleep(milliseconds);
    };
    try {
      await clock.runParticipant(() => {
        setTimeout(() => {}, 5);
        return new Promise((resolve) => setTimeout(resolve, 7));
      });
    } finally {
      restore();
    }

    expect(asleep).toEqual(['7']);
  });

  test('run on the clock until they are restored', async () => {
    const real = globalThis.setTimeout;
    const restore = replaceTimers(clock);
    try {
      const fired: string[] = [];
      await clock.runParticipant(async () => {
        setTimeout((name: string) => fired.push(name), HOUR, 'kept');
        clearTimeout(setTimeout(() => fired.push('cleared'), HOUR));
        await delay(2 * HOUR);
      });

      expect(fired).toEqual(['kept']);
      expect(clock.now()).toBe(2 * HOUR);
    } finally {
      restore();
    }
    expect(globalThis.setTimeout).toBe(real);
    const startedAt = clock.now();
    await delay(1);
    expect(clock.now()).toBe(startedAt);
  });
});
