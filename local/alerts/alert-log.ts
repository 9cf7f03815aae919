import { appendFileSync, mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { UnevaluatedAlarm } from './alarm-definitions.ts';
import type { Alert } from './alert.ts';

export type AlertLog = {
  readonly raise: (alert: Alert) => void;
  /** Returns all alerts since the start, oldest first. */
  readonly alerts: () => readonly Alert[];
};

export const ALERTS_FILE = 'alerts.jsonl';
const UNEVALUATED_FILE = 'not-evaluated.jsonl';

/**
 * Creates the log of alerts, with an empty file in the directory. Each alert becomes a line of
 * JSON. The alarms that are not evaluated are listed in a second file, with their reasons.
 */
export function createAlertLog(
  directory: string,
  unevaluated: readonly UnevaluatedAlarm[],
  onAlert?: (alert: Alert) => void,
): AlertLog {
  const file = path.join(directory, ALERTS_FILE);
  mkdirSync(directory, { recursive: true });
  writeFileSync(file, '');
  writeFileSync(path.join(directory, UNEVALUATED_FILE), unevaluated.map(toLine).join(''));
  const alerts: Alert[] = [];
  return {
    alerts: () => [...alerts],
    raise: (alert) => {
      alerts.push(alert);
      appendFileSync(file, toLine(alert));
      onAlert?.(alert);
    },
  };
}

const toLine = (value: object): string => `${JSON.stringify(value)}\n`;
