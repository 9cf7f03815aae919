import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import * as z from 'zod/mini';

const Figures = z.record(z.string(), z.record(z.string(), z.number()));
/** Figures by subject and unit: `{ 'inventory/get-stock': { bytes: 260000 } }`. */
export type Figures = Readonly<Record<string, Readonly<Record<string, number>>>>;

/**
 * Figures with ceilings in `bench/budgets/<name>.json`. A test fails when one grows above its
 * ceiling.
 */
export type Budget = {
  readonly name: string;
  /**
   * Headroom of a new ceiling above its figure; 0 for counted figures, which are always the same.
   */
  readonly headroomPercent: number;
  /** A ceiling further above its figure no longer protects it and must be lowered. */
  readonly slackPercentMax: number;
  readonly measure: () => Figures | Promise<Figures>;
};

type Margins = Pick<Budget, 'headroomPercent' | 'slackPercentMax'>;

const ceilingsFileOf = (name: string): string =>
  fileURLToPath(new URL(`./${name}.json`, import.meta.url));

/** Reads the recorded ceilings; none if there are none yet. */
export function readCeilings({ name }: Pick<Budget, 'name'>): Figures {
  const file = ceilingsFileOf(name);
  return existsSync(file) ? Figures.parse(JSON.parse(readFileSync(file, 'utf8'))) : {};
}

export const writeCeilings = ({ name }: Pick<Budget, 'name'>, ceilings: Figures): void =>
  writeFileSync(ceilingsFileOf(name), `${JSON.stringify(ceilings, null, 2)}\n`);

/** Returns a line for each figure that does not fit its ceiling, with what to do. */
export function describeBreaches(
  figures: Figures,
  ceilings: Figures,
  margins: Margins,
): readonly string[] {
  const breaches = entriesOf(figures).flatMap(({ subject, unit, value }) => {
    const ceiling = ceilings[subject]?.[unit];
    const measurement = `${subject}: ${formatNumber(value)} ${unit}`;
    if (ceiling === undefined)
      return [`${measurement} have no ceiling: npm run budgets -- --update writes one`];
    if (value > ceiling)
      return [
        `${measurement} are ${percentAbove(value, ceiling)}% above the ceiling of ${formatNumber(ceiling)}: take something out, or raise it on purpose by npm run budgets -- --update`,
      ];
    if (isSlack(value, ceiling, margins))
      return [
        `${measurement} are far below the ceiling of ${formatNumber(ceiling)}, which may be ${margins.slackPercentMax}% above: npm run budgets -- --update lowers it`,
      ];
    return [];
  });
  const unused = entriesOf(ceilings)
    .filter(({ subject, unit }) => figures[subject]?.[unit] === undefined)
    .map(
      ({ subject, unit }) =>
        `${subject}: the ceiling of ${unit} is for nothing: npm run budgets -- --update removes it`,
    );
  return [...breaches, ...unused];
}

/**
 * Returns the ceilings for these figures. A ceiling that still fits is kept, so that a change shows
 * only what was raised or lowered.
 */
export function nextCeilings(figures: Figures, before: Figures, margins: Margins): Figures {
  const next: Record<string, Record<string, number>> = {};
  for (const { subject, unit, value } of entriesOf(figures)) {
    const old = before[subject]?.[unit];
    const fits = old !== undefined && value <= old && !isSlack(value, old, margins);
    next[subject] = {
      ...next[subject],
      [unit]: fits ? old : withHeadroom(value, margins.headroomPercent),
    };
  }
  return Object.fromEntries(Object.entries(next).sort(([one], [other]) => (one < other ? -1 : 1)));
}

/** Returns a line for each figure that differs. */
export function describeChanges(before: Figures, after: Figures): readonly string[] {
  const added = entriesOf(after).flatMap(({ subject, unit, value }) => {
    const old = before[subject]?.[unit];
    if (old === value) return [];
    if (old === undefined) return [`${subject}: ${unit} new, at ${formatNumber(value)}`];
    return [
      `${subject}: ${unit} ${old < value ? 'raised' : 'lowered'} from ${formatNumber(old)} to ${formatNumber(value)}`,
    ];
  });
  const removed = entriesOf(before)
    .filter(({ subject, unit }) => after[subject]?.[unit] === undefined)
    .map(({ subject, unit }) => `${subject}: ${unit} removed`);
  return [...added, ...removed];
}

const entriesOf = (figures: Figures) =>
  Object.entries(figures).flatMap(([subject, units]) =>
    Object.entries(units).map(([unit, value]) => ({ subject, unit, value })),
  );

/** Without headroom, a figure is its own ceiling, including fractions. */
const withHeadroom = (value: number, percent: number): number =>
  percent === 0 ? value : Math.ceil(value * (1 + percent / 100));

const isSlack = (value: number, ceiling: number, { slackPercentMax }: Margins): boolean =>
  ceiling > withHeadroom(value, slackPercentMax);

const percentAbove = (value: number, ceiling: number): string =>
  ((value / ceiling - 1) * 100).toFixed(1);
const formatNumber = (value: number): string => value.toLocaleString('en').replaceAll(',', ' ');
