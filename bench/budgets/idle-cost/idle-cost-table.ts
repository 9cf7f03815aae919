import { tableRow } from '../performance-page.ts';
import { type CostItem, idleCost, totalOf } from './idle-cost.ts';
import { PRICED_STAGES, synthesizeResources } from './priced-stages.ts';

/** Returns the items of each stage of the table. Takes seconds: it synthesizes all of them. */
export const idleCostByStage = (): ReadonlyMap<string, readonly CostItem[]> =>
  new Map(PRICED_STAGES.map((stage) => [stage.name, idleCost(synthesizeResources(stage))]));

/**
 * Returns the table as Markdown: one item per row and one stage per column, with the number of
 * resources and USD per month.
 */
export function renderIdleCostTable(costs: ReadonlyMap<string, readonly CostItem[]>): string {
  const stages = [...costs.keys()];
  const items = [...new Set([...costs.values()].flatMap((of) => of.map(({ name }) => name)))];
  const cell = (stage: string, what: string): string => {
    const item = costs.get(stage)?.find((one) => one.name === what);
    return item === undefined
      ? '–'
      : `${formatUsd(item.usd)} (${item.count.toLocaleString('en').replaceAll(',', ' ')})`;
  };
  return [
    tableRow(['USD a month (number of them)', ...stages]),
    tableRow(['---', ...stages.map(() => '---')]),
    ...items.map((what) => tableRow([what, ...stages.map((stage) => cell(stage, what))])),
    tableRow([
      '**total**',
      ...stages.map((stage) => `**${formatUsd(totalOf(costs.get(stage) ?? []))}**`),
    ]),
    '',
  ].join('\n');
}

const formatUsd = (usd: number): string => usd.toFixed(2);
