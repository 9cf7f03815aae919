import { describe, expect, inject, test } from 'vitest';
import { type Finding, listFindings, runReconciliation } from '../support/drift.ts';
import { call, expectStatus, staff } from '../support/e2e/e2e.ts';
import type { ExpectedFinding } from './drifts/drift.ts';
import { DRIFTS } from './drifts/drifts.ts';

const matchesExpected =
  ({ subject, kind }: ExpectedFinding) =>
  (finding: Finding): boolean =>
    finding.kind === kind && finding.subject.includes(subject);

// Sequential, because each run finds the drift of all tests.
describe.skipIf(inject('localEndpoints') === undefined)(
  'drift written directly into the tables',
  () => {
    test('is found, explained and repaired by one run; a second run finds nothing else', async () => {
      const expected = (await Promise.all(DRIFTS.map((drift) => drift.inject()))).flat();

      const first = await runReconciliation();

      const [open, repaired] = [await listFindings('open'), await listFindings('repaired')];
      const found = expected.map((one) => {
        const finding = [...open, ...repaired].find(matchesExpected(one));
        return {
          kind: one.kind,
          subject: one.subject,
          status: finding?.status.toLowerCase(),
          ...(one.action === undefined ? {} : { action: finding?.proposedRepair?.action }),
          explanation: one.explanation.test(finding?.explanation ?? '')
            ? one.explanation
            : finding?.explanation,
        };
      });
      expect(found).toEqual(
        expected.map(({ kind, subject, status, action, explanation }) => ({
          kind,
          subject,
          status,
          ...(action === undefined ? {} : { action }),
          explanation,
        })),
      );
      expect(new Set(expected.map(({ kind }) => kind)).size).toBeGreaterThanOrEqual(15);
      expect(first).toMatchObject({
        status: 'COMPLETED',
        findings: expected.length,
        unsettledCells: 0,
      });
      expect(first.repaired).toBe(expected.filter(({ status }) => status === 'repaired').length);

      const second = await runReconciliation();

      // Repaired drift is not found again. The orders of the stuck and of the lost reservation are
      // consistent now, so their findings closed.
      const isClosed = ({ kind, subject }: { kind: string; subject: string }) =>
        (kind === 'ORDER_STOCK_NOT_COMMITTED' || kind === 'ORDER_WITHOUT_RESERVATION') &&
        open.some((one) => one.kind === kind && one.subject === subject);
      const standing = open.filter((finding) => !isClosed(finding));
      const seenAgain = await listFindings('open');
      expect(seenAgain.map(identityOf).sort()).toEqual(standing.map(identityOf).sort());
      expect(second).toMatchObject({ findings: standing.length, repaired: 0 });
      expect((await listFindings('closed')).map(({ kind }) => kind)).toContain(
        'ORDER_STOCK_NOT_COMMITTED',
      );

      const proposed = seenAgain.filter(({ proposedRepair }) => proposedRepair !== undefined);
      for (const { findingId, revision } of proposed) {
        const approval = await call(`POST /findings/${findingId}/approval`, {
          token: staff(),
          body: { revision, note: 'checked' },
        });
        expectStatus(200, approval);
      }
      for (const finding of seenAgain.filter((one) => !proposed.includes(one))) {
        const dismissal = await call(`POST /findings/${finding.findingId}/dismissal`, {
          token: staff(),
          body: { revision: finding.revision },
        });
        expectStatus(200, dismissal);
      }
      await runReconciliation();

      expect(await listFindings('open')).toEqual([]);
      expect(await listFindings('approved')).toEqual([]);
    });
  },
);

const identityOf = ({ findingId, detectedAt, since, explanation }: Finding): string =>
  [findingId, detectedAt, since, explanation].join(' ');
