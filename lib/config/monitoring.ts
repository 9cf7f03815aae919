import type { ContextReader } from './context-reader.ts';
import { keysOf, type Options } from './option.ts';

export const MONITORING_OPTIONS = {
  alarmEmail: {
    meaning:
      'e-mail address subscribed to alarms; the synthesis warns about a protected stage without one',
    fallback: 'none',
  },
  monitoring: {
    meaning:
      '`full`: every alarm and the dashboard; `essential`: the alarms of harmed customers, orders and money; `none`: neither. [PERFORMANCE.md](PERFORMANCE.md#idle-cost) has what each costs a month',
    fallback: '`full` in a protected stage, else `none`',
  },
} as const satisfies Options<string>;
export const MONITORING_KEYS = keysOf(MONITORING_OPTIONS);

export type Monitoring = 'none' | 'essential' | 'full';

export type MonitoringConfig = {
  /** E-mail address subscribed to alarms; undefined when only the topic's other subscribers receive them. */
  readonly alarmEmail?: string;
  readonly monitoring: Monitoring;
};

/** Reads which alarms a stage has, and who receives them. */
export function monitoringConfig(
  read: ContextReader<keyof typeof MONITORING_OPTIONS>,
  { isProtected }: { readonly isProtected: boolean },
): MonitoringConfig {
  const alarmEmail = read.text('alarmEmail', /^[^\s@]+@[^\s@]+$/, 'an e-mail address');
  return {
    ...(alarmEmail === undefined ? {} : { alarmEmail }),
    monitoring:
      read.choice('monitoring', ['none', 'essential', 'full']) ?? (isProtected ? 'full' : 'none'),
  };
}
