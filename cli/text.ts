const WIDTH_DEFAULT = 120;
const INDENT = '   ';

export const pluralize = (count: number, noun: string): string =>
  `${count} ${noun}${count === 1 ? '' : 's'}`;

/** Formats numbered lines, wrapped and indented. */
export const formatNumbered = (
  number: number,
  lines: readonly string[],
  width = WIDTH_DEFAULT,
): string =>
  [
    `${number}.`,
    ...lines.flatMap((line) => wrapText(line, width - INDENT.length)).map((line) => INDENT + line),
  ].join('\n');

/**
 * Formats a value as text: `{"amount":300,"currency":"EUR"}` becomes `amount 300, currency EUR`.
 */
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
