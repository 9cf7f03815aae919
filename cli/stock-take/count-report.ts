import Table from 'cli-table3';
import type { BadLine, CountLine } from './count-file.ts';

/** What became of a good line. */
export type Outcome =
  | { readonly status: 'POSTED'; readonly expected: number; readonly difference: number }
  | {
      readonly status: 'PENDING_APPROVAL';
      readonly expected: number;
      readonly difference: number;
      readonly findingId: string;
    }
  /** A count of the same shelf that is not older was posted or waits for approval. */
  | {
      readonly status: 'SUPERSEDED';
      readonly expected: number;
      readonly difference: number;
      readonly supersededBy: string;
    }
  | { readonly status: 'FAILED'; readonly why: string }
  /** The run ended before its turn. */
  | { readonly status: 'NOT_SENT' };
export type Sent = { readonly line: CountLine; readonly outcome: Outcome };

export type Summary = {
  readonly lines: number;
  readonly posted: number;
  readonly pendingApproval: number;
  readonly superseded: number;
  readonly failed: number;
  readonly notSent: number;
  readonly bad: number;
};

export function summaryOf(sent: readonly Sent[], bad: readonly BadLine[]): Summary {
  const count = (status: Outcome['status']) =>
    sent.filter(({ outcome }) => outcome.status === status).length;
  return {
    lines: sent.length + bad.length,
    posted: count('POSTED'),
    pendingApproval: count('PENDING_APPROVAL'),
    superseded: count('SUPERSEDED'),
    failed: count('FAILED'),
    notSent: count('NOT_SENT'),
    bad: bad.length,
  };
}

export const inWords = ({
  lines,
  posted,
  pendingApproval,
  superseded,
  failed,
  notSent,
  bad,
}: Summary): string =>
  `${lines} ${lines === 1 ? 'line' : 'lines'}: ${posted} posted, ${pendingApproval} wait for approval, ${superseded} superseded, ${bad} bad, ${failed} failed${
    notSent > 0 ? `, ${notSent} not sent` : ''
  }`;

type Row = readonly [line: number, ...cells: string[]];

/** Every line of the file, in its order. */
export function reportOf(sent: readonly Sent[], bad: readonly BadLine[]): string {
  const rows: Row[] = [
    ...sent.map(rowOf),
    ...bad.map(({ line, text, faults }): Row => badRow(line, text, faults)),
  ];
  const table = new Table({
    head: ['line', 'sku', 'location', 'expected', 'counted', 'difference', 'what became of it'],
    style: { head: [], border: [], compact: true },
    colAligns: ['right', 'left', 'left', 'right', 'right', 'right', 'left'],
  });
  table.push(...rows.sort(([a], [b]) => a - b).map(([line, ...cells]) => [String(line), ...cells]));
  return table.toString();
}

const badRow = (line: number, text: string, faults: readonly string[]): Row => [
  line,
  text.slice(0, TEXT_CHARACTERS_MAX),
  '',
  '',
  '',
  '',
  `BAD: ${faults.join('; ')}`,
];
const TEXT_CHARACTERS_MAX = 40;

function rowOf({ line: { line, sku, locationId, counted }, outcome }: Sent): Row {
  const before = [line, sku, locationId] as const;
  switch (outcome.status) {
    case 'POSTED':
      return [
        ...before,
        String(outcome.expected),
        String(counted),
        signed(outcome.difference),
        'POSTED',
      ];
    case 'PENDING_APPROVAL':
      return [
        ...before,
        String(outcome.expected),
        String(counted),
        signed(outcome.difference),
        `PENDING_APPROVAL: finding ${outcome.findingId}`,
      ];
    case 'SUPERSEDED':
      return [
        ...before,
        String(outcome.expected),
        String(counted),
        signed(outcome.difference),
        `SUPERSEDED: count ${outcome.supersededBy} is not older`,
      ];
    case 'FAILED':
      return [...before, '', String(counted), '', `FAILED: ${outcome.why}`];
    case 'NOT_SENT':
      return [...before, '', String(counted), '', 'NOT SENT: the run was ended before'];
  }
}

const signed = (units: number): string => (units > 0 ? `+${units}` : String(units));
