import { row } from '../page.ts';
import { type Item, idleCost, totalOf } from './idle-cost.ts';
import { resourcesOfStage, STAGES } from './stages.ts';

/** Returns the items of each stage of the table. Takes seconds: it synthesizes all of them. */
export const idleCosts = (): ReadonlyMap<string, readonly Item[]> =>
  new Map(STAGES.map((stage) => [stage.name, idleCost(resourcesOfStage(stage))]));

/** Returns the table as Markdown: an item a row, a stage a column, with the number of things and USD a month. */
export function tableOf(costs: ReadonlyMap<string, readonly Item[]>): string {
  const stages = [...costs.keys()];
  const items = [...new Set([...costs.values()].flatMap((of) => of.map(({ what }) => what)))];
  const cell = (stage: string, what: string): string => {
    const item = costs.get(stage)?.find((one) => one.what === what);
    return item === undefined
      ? '–'
      : `${inUsd(item.usd)} (${item.count.toLocaleString('en').replaceAll(',', ' ')})`;
  };
  return [
    row(['USD a month (number of them)', ...stages]),
    row(['---', ...stages.map(() => '---')]),
    ...items.map((what) => row([what, ...stages.map((stage) => cell(stage, what))])),
    row(['**total**', ...stages.map((stage) => `**${inUsd(totalOf(costs.get(stage) ?? []))}**`)]),
    '',
  ].join('\n');
}

const inUsd = (usd: number): string => usd.toFixed(2);
