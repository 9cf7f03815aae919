import { type components, unwrap } from '../../client/src/index.ts';
import type { DemoClient } from '../demo/demo-client.ts';
import { waitUntil } from '../demo/wait-until.ts';

type Schemas = components['schemas'];
export type Reconciliation = Schemas['Reconciliation'];
export type Finding = Schemas['Finding'];

/** Runs a reconciliation and returns it when it has ended. */
export async function reconcile({ api }: DemoClient): Promise<Reconciliation> {
  const { reconciliationId } = unwrap(await api.POST('/reconciliations', { body: {} }));
  const params = { path: { reconciliationId } };
  return waitUntil(
    async () => unwrap(await api.GET('/reconciliations/{reconciliationId}', { params })),
    ({ status }) => status !== 'RUNNING',
    () => `The reconciliation ${reconciliationId} did not end.`,
  );
}

/** Returns the findings with a status, the newest page of them. */
export const listFindings = async (
  { api }: DemoClient,
  status: string,
): Promise<readonly Finding[]> =>
  unwrap(await api.GET('/findings', { params: { query: { status } } })).items;
