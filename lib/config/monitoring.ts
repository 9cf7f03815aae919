import type * as z from 'zod/mini';
import { choice, option, text } from './option.ts';

const monitoring = choice('none', 'essential', 'full');
export type Monitoring = z.output<typeof monitoring>;

export const MONITORING_OPTIONS = {
  alarmEmail: option(text(/^[^\s@]+@[^\s@]+$/, 'an e-mail address'), {
    description:
      'E-mail address that receives the alarms. `cdk synth` warns about a protected stage without one',
    defaultText: 'none',
  }),
  monitoring: option(monitoring, {
    description:
      '`full`: every alarm and the dashboard. `essential`: only the alarms about harm to customers, orders or money. `none`: no alarms and no dashboard. [PERFORMANCE.md](PERFORMANCE.md#idle-cost) lists the monthly cost of each',
    defaultText: '`full` in a protected stage, else `none`',
  }),
};
