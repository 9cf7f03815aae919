import { describe, expect, inject, test } from 'vitest';
import { add, findings, loseMovement } from '../support/drift.ts';
import { call, staff, stocked, stockOf } from '../support/e2e/e2e.ts';
import { runTool } from '../support/e2e/tool.ts';

const rebuild = (...options: readonly string[]) => runTool('rebuild', options);

describe.skipIf(inject('localEndpoints') === undefined)('npm run rebuild', () => {
  test('sets balances to what their movements add up to, and says what it cannot', async () => {
    // Beyond what is repaired without being asked.
    const [more, less] = [await stocked('rebuild-more', 100), await stocked('rebuild-less', 100)];
    await add(more, 'available', 40);
    await add(less, 'available', -40);
    const lost = await stocked('rebuild-lost', 100);
    await loseMovement(lost, 'RECEIVED');

    const dry = await rebuild('--dry-run');

    expect(dry.code).toBe(1);
    // A run that is not over at the first look says how far it has come, and nothing else.
    expect(dry.stderr).toMatch(/^(?:[\d:]+ .+ so far; waits for .+\n)*$/);
    expect(dry.stdout).toContain('2 balances would be rebuilt');
    expect(await stockOf(more)).toMatchObject({ available: 140 });
    expect(await stockOf(less)).toMatchObject({ available: 60 });

    const done = await rebuild();

    expect(done.stdout).toMatch(new RegExp(`cell:${more}/main/0: rebuilt`));
    expect(done.stdout).toMatch(new RegExp(`cell:${less}/main/0: rebuilt`));
    expect(done.stdout).toContain('2 of 2 balances rebuilt');
    expect(await stockOf(more)).toMatchObject({ available: 100, onHand: 100 });
    expect(await stockOf(less)).toMatchObject({ available: 100, onHand: 100 });
    // A movement is not written again because somebody asked for balances.
    const left = (await findings('open')).filter(({ subject }) => subject.includes('rebuild-'));
    expect(left.map(({ kind, subject }) => [kind, subject])).toEqual([
      ['MOVEMENT_MISSING', `cell:${lost}/main/0`],
    ]);
    expect(done.code).toBe(1);

    const { revision } = left[0] ?? {};
    await call(`POST /findings/${left[0]?.findingId}/approval`, {
      token: staff(),
      body: { revision },
    });
    const again = await rebuild();

    expect(again.stdout).toContain('0 balances to be rebuilt');
    // Other tests may have left findings that wait for a person.
    expect(again.code).toBe((await findings('open')).length === 0 ? 0 : 1);
  });

  test('takes no option that it does not know', async () => {
    const ended = await rebuild('--force');

    expect(ended.code).toBe(2);
    expect(ended.stderr).toMatch(/Unknown option '--force'.*usage: npm run rebuild/);
  });
});
