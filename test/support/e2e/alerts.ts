import { readFileSync } from 'node:fs';
import { inject } from 'vitest';
import type { Alert } from '../../../local/alerts/alert.ts';
import { waitUntil } from './e2e.ts';

/** Returns whether the tests run against a local runtime, which keeps its alerts in a file. */
export const keepsAlerts = (): boolean => inject('localEndpoints') !== undefined;

/** Waits until the local runtime has raised a matching alert, and returns it. */
export async function waitForAlert(isWanted: (alert: Alert) => boolean): Promise<Alert> {
  const alert = await waitUntil(
    async () => readAlerts().find(isWanted),
    (found) => found !== undefined,
  );
  if (alert === undefined) throw new Error('no alert was raised');
  return alert;
}

/** Returns the alerts of the local runtime, oldest first. */
export function readAlerts(): readonly Alert[] {
  const local = inject('localEndpoints');
  if (local === undefined) throw new Error('Only a local runtime keeps alerts.');
  const lines = readFileSync(local.alerts, 'utf8').split('\n').slice(0, -1);
  return lines.map((line) => JSON.parse(line));
}
