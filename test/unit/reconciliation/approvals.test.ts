import { describe, expect, test } from 'vitest';
import { approveFinding } from '../../../lambdas/reconciliation/use-cases/findings/approve-finding.ts';
import { dismissFinding } from '../../../lambdas/reconciliation/use-cases/findings/dismiss-finding.ts';
import {
  findingIdOf,
  reportFinding,
} from '../../../lambdas/reconciliation/use-cases/findings/report-finding.ts';
import { NOON, seconds } from '../../support/inventory.ts';
import { aDetection, aRepair, TEA } from '../../support/reconciliation/reconciliation.ts';
import { createReconciliationPorts } from '../../support/reconciliation/reconciliation-ports.ts';

const CONTEXT = { by: 'reconciler', correlationId: 'corr-1', now: NOON };
const DECISION = { by: 'staff', revision: 1, now: NOON + seconds(60) };
const FINDING_ID = findingIdOf(aDetection());

const REBUILD = {
  action: 'rebuildBalance',
  cell: TEA,
  version: 7,
  accounts: { available: 5, held: {}, committed: 0 },
} as const;

async function withReportedFinding(overrides: Parameters<typeof aDetection>[0] = {}) {
  const all = createReconciliationPorts();
  await reportFinding(all.ports.findings, aDetection(overrides), CONTEXT);
  return all;
}

describe('an approval', () => {
  test('sends the repair to its owner and records the approver', async () => {
    const { ports, contexts } = await withReportedFinding();

    const result = await approveFinding(ports, {
      ...DECISION,
      findingId: FINDING_ID,
      note: 'checked',
    });

    expect(result).toMatchObject({
      ok: true,
      value: { status: 'REPAIRED', note: 'checked' },
    });
    expect(contexts.repairs).toMatchObject([
      { findingId: FINDING_ID, by: 'staff', command: { action: 'rebuildBalance' } },
    ]);
    expect(result.ok && result.value.timeline.map(({ status, by }) => `${status} ${by}`)).toEqual([
      'OPEN reconciler',
      'APPROVED staff',
      'REPAIRED staff',
    ]);
  });

  test('is applied once when repeated', async () => {
    const { ports, contexts } = await withReportedFinding();

    await approveFinding(ports, { ...DECISION, findingId: FINDING_ID });
    const again = await approveFinding(ports, { ...DECISION, findingId: FINDING_ID });

    expect(again).toMatchObject({ ok: true, value: { status: 'REPAIRED' } });
    expect(contexts.repairs).toHaveLength(1);
  });

  test('leaves the finding open with the reason when the owner rejects it', async () => {
    const { ports, contexts, findings } = await withReportedFinding();
    contexts.rejection = { kind: 'rejected', code: 'VERSION_CONFLICT', detail: 'It has changed.' };

    const result = await approveFinding(ports, { ...DECISION, findingId: FINDING_ID });

    expect(result).toEqual({
      ok: false,
      error: { kind: 'repairRejected', reason: 'VERSION_CONFLICT: It has changed.' },
    });
    expect(findings.all.get(FINDING_ID)).toMatchObject({
      status: 'OPEN',
      lastError: 'VERSION_CONFLICT: It has changed.',
    });
  });

  test('is completed by the next request after the worker crashed', async () => {
    const all = createReconciliationPorts((call) => {
      if (call === 'before repairs.repair') throw new Error('died');
    });
    await reportFinding(all.ports.findings, aDetection(), CONTEXT);
    await expect(approveFinding(all.ports, { ...DECISION, findingId: FINDING_ID })).rejects.toThrow(
      'died',
    );
    const next = { ...all.ports, repairs: all.contexts };

    const result = await approveFinding(next, { ...DECISION, findingId: FINDING_ID });

    expect(result).toMatchObject({ ok: true, value: { status: 'REPAIRED' } });
  });

  test.each([
    ['other units', { repair: aRepair({ units: [{ sku: 'tea', units: 95 }] }) }],
    ['another command', { repair: aRepair({ command: { ...REBUILD, version: 8 } }) }],
    ['another effect', { repair: aRepair({ effect: 'Sets the balance wrong.' }) }],
    ['another balance', { actual: { available: 9 } }],
  ])('is rejected when the finding has %s', async (_case, changed) => {
    const { ports, findings, contexts } = await withReportedFinding();
    await reportFinding(ports.findings, aDetection(changed), CONTEXT);

    const result = await approveFinding(ports, { ...DECISION, findingId: FINDING_ID });

    expect(result).toEqual({ ok: false, error: { kind: 'revisionConflict', revision: 2 } });
    expect(contexts.repairs).toEqual([]);
    expect(findings.all.get(FINDING_ID)).toMatchObject({ status: 'OPEN', revision: 2 });
    expect(
      await approveFinding(ports, { ...DECISION, revision: 2, findingId: FINDING_ID }),
    ).toMatchObject({
      ok: true,
      value: { status: 'REPAIRED' },
    });
  });

  test('is valid after another detection without a change', async () => {
    const { ports } = await withReportedFinding();
    await reportFinding(
      ports.findings,
      aDetection({ since: new Date(NOON).toISOString() }),
      CONTEXT,
    );

    const result = await approveFinding(ports, { ...DECISION, findingId: FINDING_ID });

    expect(result).toMatchObject({ ok: true, value: { status: 'REPAIRED', revision: 1 } });
  });

  test('is required again when the disagreement recurs', async () => {
    const { ports } = await withReportedFinding();
    await approveFinding(ports, { ...DECISION, findingId: FINDING_ID });
    await reportFinding(ports.findings, aDetection(), CONTEXT);

    expect(await approveFinding(ports, { ...DECISION, findingId: FINDING_ID })).toEqual({
      ok: false,
      error: { kind: 'revisionConflict', revision: 2 },
    });
  });

  test('does not approve what a later detection proposes', async () => {
    const { ports, findings, contexts } = await withUnsentApproval();

    await reportFinding(
      ports.findings,
      aDetection({ repair: aRepair({ units: [{ sku: 'tea', units: 900 }] }) }),
      CONTEXT,
    );

    const note = 'The finding changed after staff had approved it. Approve it again.';
    expect(findings.all.get(FINDING_ID)).toMatchObject({
      status: 'OPEN',
      revision: 2,
      lastError: note,
    });
    expect(findings.all.get(FINDING_ID)?.approval).toBeUndefined();
    expect(findings.all.get(FINDING_ID)?.timeline.at(-1)).toMatchObject({
      status: 'OPEN',
      note,
    });
    expect(contexts.repairs).toEqual([]);
  });

  test('leaves a disagreement that appeared during the repair open', async () => {
    const { ports, findings, contexts } = await withReportedFinding();
    const repairs = {
      repair: async (order: Parameters<typeof contexts.repair>[0]) => {
        await reportFinding(ports.findings, aDetection({ actual: { available: 99 } }), CONTEXT);
        return contexts.repair(order);
      },
    };

    const result = await approveFinding(
      { ...ports, repairs },
      { ...DECISION, findingId: FINDING_ID },
    );

    expect(result).toMatchObject({ ok: true, value: { status: 'OPEN', revision: 2 } });
    expect(findings.all.get(FINDING_ID)?.timeline.at(-1)).toMatchObject({
      status: 'OPEN',
      by: 'staff',
      note: 'The repair that was approved at revision 1 was applied.',
    });
  });

  test('is not undone by the late rejection of an earlier approval', async () => {
    const { ports, findings, contexts } = await withReportedFinding();
    contexts.rejection = { kind: 'rejected', code: 'VERSION_CONFLICT', detail: '' };
    let isFirst = true;
    const slow = {
      repair: async (order: Parameters<typeof contexts.repair>[0]) => {
        if (isFirst) {
          isFirst = false;
          await approveFinding(ports, { ...DECISION, findingId: FINDING_ID });
          const died = { repair: async () => Promise.reject(new Error('died')) };
          const again = { ...DECISION, findingId: FINDING_ID, by: 'boss', now: NOON + seconds(90) };
          await expect(approveFinding({ ...ports, repairs: died }, again)).rejects.toThrow('died');
        }
        return contexts.repair(order);
      },
    };

    await approveFinding({ ...ports, repairs: slow }, { ...DECISION, findingId: FINDING_ID });

    expect(findings.all.get(FINDING_ID)).toMatchObject({
      status: 'APPROVED',
      approval: { by: 'boss' },
    });
  });

  test('is sent in the name of its first approver', async () => {
    const { ports, contexts, findings } = await withUnsentApproval();

    await approveFinding(
      { ...ports, repairs: contexts },
      { ...DECISION, by: 'boss', findingId: FINDING_ID },
    );

    expect(contexts.repairs).toMatchObject([{ by: 'staff' }]);
    expect(findings.all.get(FINDING_ID)).toMatchObject({
      status: 'REPAIRED',
      approval: {
        by: 'staff',
        isByPolicy: false,
        command: { action: 'rebuildBalance', version: 7 },
      },
    });
  });

  test('is rejected without a proposed repair', async () => {
    const all = createReconciliationPorts();
    const { repair: _none, ...detection } = aDetection();
    await reportFinding(all.ports.findings, detection, CONTEXT);

    const result = await approveFinding(all.ports, { ...DECISION, findingId: FINDING_ID });

    expect(result).toEqual({ ok: false, error: { kind: 'noRepairProposed' } });
  });

  test('is rejected for a closed or unknown finding', async () => {
    const { ports } = await withReportedFinding();
    await dismissFinding(ports.findings, { ...DECISION, findingId: FINDING_ID });

    expect(await approveFinding(ports, { ...DECISION, findingId: FINDING_ID })).toEqual({
      ok: false,
      error: { kind: 'alreadyClosed', findingStatus: 'DISMISSED' },
    });
    expect(await approveFinding(ports, { ...DECISION, findingId: 'fnd_other' })).toEqual({
      ok: false,
      error: { kind: 'notFound' },
    });
  });
});

/** A finding whose approval is saved and whose repair is not sent. */
async function withUnsentApproval() {
  const all = await withReportedFinding();
  const repairs = { repair: async () => Promise.reject(new Error('died')) };
  await expect(
    approveFinding({ ...all.ports, repairs }, { ...DECISION, findingId: FINDING_ID }),
  ).rejects.toThrow('died');
  return all;
}

describe('a dismissal', () => {
  test('is rejected when the finding has changed', async () => {
    const { ports, findings } = await withReportedFinding();
    await reportFinding(ports.findings, aDetection({ actual: { available: 9 } }), CONTEXT);

    expect(await dismissFinding(ports.findings, { ...DECISION, findingId: FINDING_ID })).toEqual({
      ok: false,
      error: { kind: 'revisionConflict', revision: 2 },
    });
    expect(findings.all.get(FINDING_ID)).toMatchObject({ status: 'OPEN' });
  });

  test('changes nothing when repeated, and is rejected for another revision', async () => {
    const { ports } = await withReportedFinding();
    const first = await dismissFinding(ports.findings, { ...DECISION, findingId: FINDING_ID });

    expect(await dismissFinding(ports.findings, { ...DECISION, findingId: FINDING_ID })).toEqual(
      first,
    );
    expect(
      await dismissFinding(ports.findings, { ...DECISION, findingId: FINDING_ID, revision: 2 }),
    ).toEqual({
      ok: false,
      error: { kind: 'revisionConflict', revision: 1 },
    });
  });
});

describe('a dismissed finding', () => {
  test('stays dismissed while its values are the same, in any order of fields', async () => {
    const { ports, findings } = await withReportedFinding({
      expected: { a: 1, b: [2, { c: null }] },
    });
    await dismissFinding(ports.findings, { ...DECISION, findingId: FINDING_ID });

    await reportFinding(
      ports.findings,
      aDetection({ expected: { b: [2, { c: null }], a: 1 } }),
      CONTEXT,
    );

    expect(findings.all.get(FINDING_ID)).toMatchObject({ status: 'DISMISSED', occurrence: 1 });
  });

  test('is reopened when its values change', async () => {
    const { ports, findings } = await withReportedFinding();
    await dismissFinding(ports.findings, { ...DECISION, findingId: FINDING_ID });

    await reportFinding(ports.findings, aDetection({ actual: { available: 9 } }), CONTEXT);

    expect(findings.all.get(FINDING_ID)).toMatchObject({ status: 'OPEN', occurrence: 2 });
  });

  test('cannot be dismissed after its repair', async () => {
    const { ports } = await withReportedFinding();
    await approveFinding(ports, { ...DECISION, findingId: FINDING_ID });

    expect(await dismissFinding(ports.findings, { ...DECISION, findingId: FINDING_ID })).toEqual({
      ok: false,
      error: { kind: 'alreadyClosed', findingStatus: 'REPAIRED' },
    });
  });
});

test('a disagreement that recurs after its repair reopens the same finding', async () => {
  const { ports, findings } = await withReportedFinding();
  await approveFinding(ports, { ...DECISION, findingId: FINDING_ID });

  await reportFinding(ports.findings, aDetection(), { ...CONTEXT, now: NOON + seconds(500) });

  expect(findings.all.size).toBe(1);
  expect(findings.all.get(FINDING_ID)).toMatchObject({
    status: 'OPEN',
    occurrence: 2,
    detectedAt: '2026-01-01T12:08:20.000Z',
  });
});
