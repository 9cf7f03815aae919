import type { ContextReader } from './context-reader.ts';
import { keysOf, type Options } from './option.ts';

export const MONITORING_OPTIONS = {
  alarmEmail: {
    meaning: 'e-mail address subscribed to alarms; the synthesis warns about a protected stage without one',
    fallback: 'none',
  },
} as const satisfies Options<string>;
export const MONITORING_KEYS = keysOf(MONITORING_OPTIONS);

export type MonitoringConfig = {
  /** E-mail address subscribed to alarms; undefined when only the topic's other subscribers receive them. */
  readonly alarmEmail?: string;
};

/** Reads who receives alarms. */
export function monitoringConfig(read: ContextReader<keyof typeof MONITORING_OPTIONS>): MonitoringConfig {
  const alarmEmail = read.text('alarmEmail', /^[^\s@]+@[^\s@]+$/, 'an e-mail address');
  return alarmEmail === undefined ? {} : { alarmEmail };
}
