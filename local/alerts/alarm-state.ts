import type { AlarmSettings } from './alarm-definitions.ts';
import type { DataPoint } from './metric.ts';

/**
 * State of one alarm: OK or ALARM. The statistic is computed for each period since the epoch. A
 * value counts at once, because the sum of counts and the maximum only rise within a period. A
 * period without data does not breach.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarm-evaluation.html
 */
export class AlarmState {
  readonly #settings: AlarmSettings;
  /** Statistic of each period that still counts, by the number of the period. */
  readonly #values = new Map<number, number>();
  #latestPeriod = Number.NEGATIVE_INFINITY;
  #isInAlarm = false;

  constructor(settings: AlarmSettings) {
    this.#settings = settings;
  }

  /**
   * Adds a data point. Returns true when it changes the state from OK to ALARM. The state is OK
   * again after a period at whose end too few periods breach.
   */
  add({ value, at }: DataPoint): boolean {
    const { periodSeconds, statistic, evaluationPeriods, datapointsToAlarm } = this.#settings;
    const period = Math.floor(at / (periodSeconds * 1_000));
    if (period > this.#latestPeriod) {
      if (this.#breachesUntil(period - 1) < datapointsToAlarm) this.#isInAlarm = false;
      this.#latestPeriod = period;
      for (const earlier of this.#values.keys())
        if (earlier < period - evaluationPeriods) this.#values.delete(earlier);
    }
    const before = this.#values.get(period);
    if (before === undefined) this.#values.set(period, value);
    else this.#values.set(period, statistic === 'Sum' ? before + value : Math.max(before, value));
    if (this.#isInAlarm || this.#breachesUntil(this.#latestPeriod) < datapointsToAlarm)
      return false;
    this.#isInAlarm = true;
    return true;
  }

  /** Counts the breaching periods among the latest ones that end with `last`. */
  #breachesUntil(last: number): number {
    const { evaluationPeriods, threshold, includesThreshold } = this.#settings;
    const periods = Array.from({ length: evaluationPeriods }, (_, back) => last - back);
    return periods.filter((period) => {
      const value = this.#values.get(period);
      if (value === undefined) return false;
      return includesThreshold ? value >= threshold : value > threshold;
    }).length;
  }
}
