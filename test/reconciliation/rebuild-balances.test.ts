import { describe, expect, inject, test } from 'vitest';
import { addToBalance, deleteMovement, listFindings } from '../support/drift.ts';
import { runCli } from '../support/e2e/cli.ts';
import { call, createStockedSku, getStock, staff } from '../support/e2e/e2e.ts';

const runRebuild = (...options: readonly string[]) => runCli(['rebuild-balances', ...options]);

describe.skipIf(inject('localEndpoints') === undefined)('stockbook rebuild-balances', () => {
  test('sets balances to the sums of their movements and reports the others', async () => {
    const rebuildable = (await listFindings('open')).filter(
      ({ proposedRepair }) => proposedRepair?.action === 'rebuildBalance',
    );
    // Other tests may have left balances to rebuild.
    const balances = 2 + rebuildable.length;
    // Above the caps of automatic repair.
    const [more, less] = [
      await createStockedSku('rebuild-more', 100),
      await createStockedSku('rebuild-less', 100),
    ];
    await addToBalance(more, 'available', 40);
    await addToBalance(less, 'available', -40);
    const lost = await createStockedSku('rebuild-lost', 100);
    await deleteMovement(lost, 'RECEIVED');

    const dry = await runRebuild('--dry-run');

    expect(dry.code).toBe(1);
    // The command writes the progress of a run under way, and nothing else.
    expect(dry.stderr).toMatch(/^(?:[\d:]+ .+ so far; waits for .+\n)*$/);
    expect(dry.stdout).toContain(`${balances} balances would be rebuilt`);
    expect(await getStock(more)).toMatchObject({ available: 140 });
    expect(await getStock(less)).toMatchObject({ available: 60 });

    const done = await runRebuild();

    expect(done.stdout).toMatch(new RegExp(`cell:${more}/main/0: rebuilt`));
    expect(done.stdout).toMatch(new RegExp(`cell:${less}/main/0: rebuilt`));
    expect(done.stdout).toContain(`${balances} of ${balances} balances rebuilt`);
    expect(await getStock(more)).toMatchObject({ available: 100, onHand: 100 });
    expect(await getStock(less)).toMatchObject({ available: 100, onHand: 100 });
    // Rebuilding balances writes no movement again.
    const left = (await listFindings('open')).filter(({ subject }) => subject.includes('rebuild-'));
    expect(left.map(({ kind, subject }) => [kind, subject])).toEqual([
      ['MOVEMENT_MISSING', `cell:${lost}/main/0`],
    ]);
    expect(done.code).toBe(1);

    const { revision } = left[0] ?? {};
    await call(`POST /findings/${left[0]?.findingId}/approval`, {
      token: staff(),
      body: { revision },
    });
    const again = await runRebuild();

    expect(again.stdout).toContain('0 balances to rebuild');
    // Other tests may have left open findings.
    expect(again.code).toBe((await listFindings('open')).length === 0 ? 0 : 1);
  });

  test('rejects an unknown option', async () => {
    const ended = await runRebuild('--force');

    expect(ended.code).toBe(2);
    expect(ended.stderr).toMatch(/unknown option '--force'/);
  });
});
