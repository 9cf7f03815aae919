import { existsSync, readFileSync } from 'node:fs';
import { FindingKind } from '../../../lambdas/contracts/api/reconciliation.ts';

export const RUNBOOK_PAGE = 'docs/RUNBOOK.md';

const HEADER = '| kind | meaning |\n|---|---|\n';
const TABLE = /\| kind \| meaning \|\n\|---\|---\|\n(?:\|.*\n)*/;

/** Returns what to do about each kind of finding without a page with `# <KIND>: <meaning>`. */
export const pageProblems = (): readonly string[] =>
  FindingKind.options.flatMap((kind) => {
    if (!existsSync(pageOf(kind))) return [`${kind}: write the page ${pageOf(kind)}`];
    if (meaningOf(kind) === undefined)
      return [`${kind}: start ${pageOf(kind)} with the line "# ${kind}: <meaning>"`];
    return [];
  });

/** Returns the page with its table of findings replaced by the current one. */
export function insertFindingTable(page: string): string {
  if (!TABLE.test(page)) throw new Error(`${RUNBOOK_PAGE} has no table "| kind | meaning |"`);
  return page.replace(TABLE, () => HEADER + FindingKind.options.map(renderRow).join(''));
}

const renderRow = (kind: FindingKind): string =>
  `| [${kind}](runbook/${kind}.md) | ${meaningOf(kind) ?? ''} |\n`;

const pageOf = (kind: FindingKind): string => `docs/runbook/${kind}.md`;

const meaningOf = (kind: FindingKind): string | undefined =>
  existsSync(pageOf(kind))
    ? new RegExp(`^# ${kind}: (.+)\n`).exec(readFileSync(pageOf(kind), 'utf8'))?.[1]
    : undefined;
