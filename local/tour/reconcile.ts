import type { DemoClient } from '../demo/demo-client.ts';
import { waitUntil } from '../demo/wait-until.ts';

export type Reconciliation = {
  readonly reconciliationId: string;
  readonly status: string;
  readonly checked: Readonly<Record<string, number>>;
};
export type Finding = {
  readonly findingId: string;
  readonly kind: string;
  readonly subject: string;
  readonly explanation: string;
  readonly status: string;
  readonly revision: number;
};

/** Runs a reconciliation and returns it when it has ended. */
export async function reconcile(staff: DemoClient): Promise<Reconciliation> {
  const { reconciliationId } = await staff.send<Reconciliation>('POST', '/reconciliations', {});
  return waitUntil(
    () => staff.send<Reconciliation>('GET', `/reconciliations/${reconciliationId}`),
    ({ status }) => status !== 'RUNNING',
    () => `The reconciliation ${reconciliationId} did not end.`,
  );
}

/** Returns the findings with a status, the newest page of them. */
export const listFindings = async (
  staff: DemoClient,
  status: string,
): Promise<readonly Finding[]> =>
  (await staff.send<{ items: readonly Finding[] }>('GET', `/findings?status=${status}`)).items;
