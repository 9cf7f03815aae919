import Table from 'cli-table3';
import type { CountLine, InvalidLine } from './count-file.ts';

/** Outcome of a valid line. */
export type CountOutcome =
  | {
      /** ALREADY_POSTED: an earlier run sent the same line of the same file. */
      readonly status: 'POSTED' | 'ALREADY_POSTED';
      readonly expected: number;
      readonly difference: number;
    }
  | {
      readonly status: 'PENDING_APPROVAL';
      readonly expected: number;
      readonly difference: number;
      readonly findingId: string;
    }
  /** A newer or equally old count of the same location was posted or waits for approval. */
  | {
      readonly status: 'SUPERSEDED';
      readonly expected: number;
      readonly difference: number;
      readonly supersededBy: string;
    }
  | { readonly status: 'FAILED'; readonly reason: string }
  /** The command stopped before it sent the line. */
  | { readonly status: 'NOT_SENT' };
export type CountResult = { readonly line: CountLine; readonly outcome: CountOutcome };

export type CountSummary = {
  readonly lines: number;
  readonly posted: number;
  readonly alreadyPosted: number;
  readonly pendingApproval: number;
  readonly superseded: number;
  readonly failed: number;
  readonly notSent: number;
  readonly invalid: number;
};

export function summarizeCounts(
  results: readonly CountResult[],
  invalid: readonly InvalidLine[],
): CountSummary {
  const count = (status: CountOutcome['status']) =>
    results.filter(({ outcome }) => outcome.status === status).length;
  return {
    lines: results.length + invalid.length,
    posted: count('POSTED'),
    alreadyPosted: count('ALREADY_POSTED'),
    pendingApproval: count('PENDING_APPROVAL'),
    superseded: count('SUPERSEDED'),
    failed: count('FAILED'),
    notSent: count('NOT_SENT'),
    invalid: invalid.length,
  };
}

export const describeSummary = ({
  lines,
  posted,
  alreadyPosted,
  pendingApproval,
  superseded,
  failed,
  notSent,
  invalid,
}: CountSummary): string =>
  `${lines} ${lines === 1 ? 'line' : 'lines'}: ${posted} posted, ${alreadyPosted > 0 ? `${alreadyPosted} already posted, ` : ''}${pendingApproval} wait for approval, ${superseded} superseded, ${invalid} invalid, ${failed} failed${
    notSent > 0 ? `, ${notSent} not sent` : ''
  }`;

type Row = readonly [line: number, ...cells: string[]];

/** Formats every line of the file, in its order. */
export function formatCountReport(
  results: readonly CountResult[],
  invalid: readonly InvalidLine[],
): string {
  const rows: Row[] = [
    ...results.map(rowOf),
    ...invalid.map(({ line, text, errors }): Row => invalidRow(line, text, errors)),
  ];
  const table = new Table({
    head: ['line', 'sku', 'location', 'expected', 'counted', 'difference', 'result'],
    style: { head: [], border: [], compact: true },
    colAligns: ['right', 'left', 'left', 'right', 'right', 'right', 'left'],
  });
  table.push(...rows.sort(([a], [b]) => a - b).map(([line, ...cells]) => [String(line), ...cells]));
  return table.toString();
}

const invalidRow = (line: number, text: string, errors: readonly string[]): Row => [
  line,
  text.slice(0, TEXT_CHARACTERS_MAX),
  '',
  '',
  '',
  '',
  `INVALID: ${errors.join('; ')}`,
];
const TEXT_CHARACTERS_MAX = 40;

function rowOf({ line: { line, sku, locationId, counted }, outcome }: CountResult): Row {
  const leading = [line, sku, locationId] as const;
  switch (outcome.status) {
    case 'POSTED':
    case 'ALREADY_POSTED':
      return [
        ...leading,
        String(outcome.expected),
        String(counted),
        formatDifference(outcome.difference),
        outcome.status === 'POSTED' ? 'POSTED' : 'ALREADY POSTED',
      ];
    case 'PENDING_APPROVAL':
      return [
        ...leading,
        String(outcome.expected),
        String(counted),
        formatDifference(outcome.difference),
        `PENDING_APPROVAL: finding ${outcome.findingId}`,
      ];
    case 'SUPERSEDED':
      return [
        ...leading,
        String(outcome.expected),
        String(counted),
        formatDifference(outcome.difference),
        `SUPERSEDED: count ${outcome.supersededBy} is newer or equally old`,
      ];
    case 'FAILED':
      return [...leading, '', String(counted), '', `FAILED: ${outcome.reason}`];
    case 'NOT_SENT':
      return [...leading, '', String(counted), '', 'NOT SENT: the command stopped before'];
  }
}

const formatDifference = (units: number): string => (units > 0 ? `+${units}` : String(units));
