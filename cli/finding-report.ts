import Table from 'cli-table3';

/** The parts of a finding that are shown. */
export type Finding = {
  readonly findingId: string;
  readonly revision: number;
  readonly kind: string;
  readonly subject: string;
  readonly difference: unknown;
  readonly explanation: string;
  readonly since: string;
  readonly proposedRepair?: { readonly action: string; readonly effect: string };
  readonly lastError?: string;
};

const WIDTH_DEFAULT = 120;
const INDENT = '   ';

/** A table of the findings, then each in its own words. */
export function formatFindings(findings: readonly Finding[], width = WIDTH_DEFAULT): string {
  if (findings.length === 0) return 'No open findings: the books agree.';
  const table = new Table({
    head: ['#', 'kind', 'subject', 'difference', 'since', 'repair'],
    style: { head: [], border: [], compact: true },
  });
  table.push(
    ...findings.map((finding, index) => [
      String(index + 1),
      finding.kind,
      finding.subject,
      formatValue(finding.difference),
      finding.since,
      finding.proposedRepair?.action ?? 'a person',
    ]),
  );
  return [
    table.toString(),
    ...findings.map((finding, index) => formatFinding(finding, index + 1, width)),
  ].join('\n');
}

function formatFinding(
  { findingId, revision, explanation, proposedRepair, lastError, kind }: Finding,
  number: number,
  width: number,
) {
  const lines = [
    explanation,
    proposedRepair === undefined
      ? `Only a person can tell what is right: docs/runbook/${kind}.md.`
      : `Approving it: ${proposedRepair.effect}`,
    ...(lastError === undefined ? [] : [lastError]),
    `finding ${findingId}, revision ${revision}`,
  ];
  return formatNumbered(number, lines, width);
}

/** Numbered lines, wrapped and indented. */
export const formatNumbered = (
  number: number,
  lines: readonly string[],
  width = WIDTH_DEFAULT,
): string =>
  [
    `${number}.`,
    ...lines.flatMap((line) => wrapText(line, width - INDENT.length)).map((line) => INDENT + line),
  ].join('\n');

/** `{"amount":300,"currency":"EUR"}` reads `amount 300, currency EUR`. */
export function formatValue(value: unknown): string {
  if (value === null || value === undefined) return '';
  if (Array.isArray(value)) return value.map(formatValue).join('; ');
  if (typeof value !== 'object') return String(value);
  return Object.entries(value)
    .map(([name, part]) => `${name} ${formatValue(part)}`.trim())
    .join(', ');
}

function wrapText(text: string, width: number): string[] {
  const lines = [''];
  for (const word of text.split(' ')) {
    const last = lines.at(-1) ?? '';
    if (last !== '' && last.length + 1 + word.length > width) lines.push(word);
    else lines[lines.length - 1] = last === '' ? word : `${last} ${word}`;
  }
  return lines;
}
