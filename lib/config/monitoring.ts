import type * as z from 'zod/mini';
import { choice, option, text } from './option.ts';

const monitoring = choice('none', 'essential', 'full');
export type Monitoring = z.output<typeof monitoring>;

export const MONITORING_OPTIONS = {
  alarmEmail: option(text(/^[^\s@]+@[^\s@]+$/, 'an e-mail address'), {
    description:
      'e-mail address subscribed to alarms; the synthesis warns about a protected stage without one',
    defaultText: 'none',
  }),
  monitoring: option(monitoring, {
    description:
      '`full`: every alarm and the dashboard; `essential`: the alarms of harmed customers, orders and money; `none`: neither. [PERFORMANCE.md](PERFORMANCE.md#idle-cost) has what each costs a month',
    defaultText: '`full` in a protected stage, else `none`',
  }),
};
