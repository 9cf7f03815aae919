/** A line of prose in a Markdown document, with its number. */
export type ProseLine = { readonly line: number; readonly text: string; readonly isItem: boolean };

const FENCE = /^```[\s\S]*?^```$/gm;
const JAPANESE = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}]/u;
const SPACED =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}、。ー] +[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}]/u;
const ITEM = /^\s*(?:[-*+]|\d+\.) /;
/** A heading, a row of a table, HTML, or an image. */
const NO_PROSE = /^\s*(?:#|\||<|!\[)/;
const QUOTATION = /「[^」]*」|（[^）]*）|`[^`]*`/g;

/** Returns the document's lines of prose that have Japanese text, outside fenced blocks. */
export const proseOf = (markdown: string): readonly ProseLine[] =>
  markdown
    .replaceAll(FENCE, (block) => block.replaceAll(/[^\n]/g, ''))
    .split('\n')
    .map((text, index) => ({ line: index + 1, text: text.trimEnd(), isItem: ITEM.test(text) }))
    .filter(({ text }) => JAPANESE.test(text) && !NO_PROSE.test(text));

/**
 * Returns each line that breaks a rule of Japanese prose. Markdown renders the end of a line as a
 * space, which Japanese sentences do not have, so each sentence is one line.
 */
export function proseViolations(markdown: string): readonly string[] {
  const lines = proseOf(markdown);
  return lines.flatMap(({ line, text, isItem }, index) => {
    const next = lines[index + 1];
    const isContinued = next?.line === line + 1 && !next.isItem;
    const sentences = text.replaceAll(QUOTATION, '').match(/。/g)?.length ?? 0;
    return [
      ...(!/[。：）:]$/.test(text) && (!isItem || isContinued) ? ['ends within a sentence'] : []),
      ...(sentences > 1 ? ['has more than one sentence'] : []),
      ...(SPACED.test(text) ? ['has a space between Japanese letters'] : []),
    ].map((reason) => `line ${line} ${reason}: ${text}`);
  });
}
