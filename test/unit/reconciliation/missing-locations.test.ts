import { expect, test } from 'vitest';
import { startReconciliation } from '../../../lambdas/reconciliation/use-cases/runs/start-reconciliation.ts';
import { toIso } from '../../../lambdas/shared/core/instant.ts';
import { NOON, seconds } from '../../support/inventory.ts';
import { createReconciliationPorts } from '../../support/reconciliation/reconciliation-ports.ts';
import { AUTO, cellNamed, drainQueue, RUN_INPUT } from './run-builders.ts';

type Ports = ReturnType<typeof createReconciliationPorts>;

/** Creates cells on two pages in each of two segments. */
function createPorts(): Ports {
  const stage = createReconciliationPorts();
  stage.contexts.cellList = [1, 2, 3, 4, 5, 6].map(cellNamed);
  stage.contexts.missingLocations = [{ locationId: 'annex', sku: 'tea' }];
  return stage;
}

async function reconcile(stage: Ports, reconciliationId: string, hours: number) {
  const now = NOON + seconds(hours * 3_600);
  await startReconciliation(stage.ports, { ...RUN_INPUT, reconciliationId, now });
  await drainQueue(stage, AUTO, now);
  return stage.runs.all.get(reconciliationId);
}

const findingsOf = ({ findings }: Ports) => [...findings.all.values()];

test('a location without a record is one finding, on however many pages it is', async () => {
  const stage = createPorts();

  const run = await reconcile(stage, 'rec-1', 0);

  expect(run).toMatchObject({ status: 'COMPLETED', findings: 1, repaired: 0 });
  expect(findingsOf(stage)).toMatchObject([
    {
      kind: 'LOCATION_MISSING',
      subject: 'location:annex',
      status: 'OPEN',
      revision: 1,
      units: 0,
      explanation:
        'SKUs have stock at location annex, which has no record, although no request deletes one. Nothing new is sold from it until its settings are stored again.',
      records: [{ locationId: 'annex', sku: 'tea' }],
      since: toIso(NOON),
    },
  ]);
  expect(findingsOf(stage)[0]).not.toHaveProperty('repair');
  expect(stage.contexts.repairs).toEqual([]);
});

test('the finding keeps its revision when another SKU names the location', async () => {
  const stage = createPorts();
  await reconcile(stage, 'rec-1', 0);
  stage.contexts.missingLocations = [{ locationId: 'annex', sku: 'cup' }];

  await reconcile(stage, 'rec-2', 1);

  expect(findingsOf(stage)).toMatchObject([
    { status: 'OPEN', revision: 1, since: toIso(NOON), records: [{ sku: 'cup' }] },
  ]);
});

test('the finding closes in the first run after the record exists again', async () => {
  const stage = createPorts();
  await reconcile(stage, 'rec-1', 0);
  stage.contexts.missingLocations = [];

  const run = await reconcile(stage, 'rec-2', 1);

  expect(run).toMatchObject({ status: 'COMPLETED', findings: 0 });
  expect(findingsOf(stage)).toMatchObject([{ kind: 'LOCATION_MISSING', status: 'CLOSED' }]);
});

test.each([
  ['a SKU', 'SKU#tea SKU', 'OPEN'],
  ['another record', 'CELL#tea#main#0 BALANCE', 'CLOSED'],
])('while %s is unreadable, the finding is %s %s', async (_what, key, status) => {
  const stage = createPorts();
  await reconcile(stage, 'rec-1', 0);
  stage.contexts.missingLocations = [];
  stage.contexts.unreadable.cells.push({ table: 'inventory', key, problem: 'sku: is missing' });

  await reconcile(stage, 'rec-2', 1);

  expect(findingsOf(stage).find(({ kind }) => kind === 'LOCATION_MISSING')?.status).toBe(status);
});
