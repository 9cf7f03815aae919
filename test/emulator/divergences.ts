import { readFileSync } from 'node:fs';
import path from 'node:path';
import * as z from 'zod/mini';

const Divergence = z.strictObject({
  /** `<resource type>.<property>`, `probe: <name>` or `test: <file> > <name>`. */
  id: z.string(),
  /** The difference between the emulator and AWS. */
  what: z.string(),
  /** The effect on the check, and what stands in for the missing behaviour. */
  workaround: z.string(),
});
export type Divergence = z.infer<typeof Divergence>;

const FILE = path.join(import.meta.dirname, 'divergences.json');

export const readDivergences = (): readonly Divergence[] =>
  z.array(Divergence).parse(JSON.parse(readFileSync(FILE, 'utf8')));

export type DivergenceComparison = {
  /** Written and observed. */
  readonly expected: readonly string[];
  /** Observed, but not written. */
  readonly unlisted: readonly string[];
  /** Written, but not observed any more. */
  readonly gone: readonly string[];
};

/** Compares the observed divergences with the written ones. */
export function compareDivergences(
  listed: readonly Divergence[],
  observed: readonly string[],
): DivergenceComparison {
  const observedIds = new Set(observed);
  const listedIds = new Set(listed.map(({ id }) => id));
  return {
    expected: [...listedIds].filter((id) => observedIds.has(id)),
    unlisted: [...observedIds].filter((id) => !listedIds.has(id)),
    gone: [...listedIds].filter((id) => !observedIds.has(id)),
  };
}
