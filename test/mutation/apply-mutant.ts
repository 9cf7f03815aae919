import type { Mutant } from './mutant.ts';

/**
 * Returns the source with the mutant applied. Throws unless the replaced text occurs exactly once;
 * otherwise the catalogue is stale.
 */
export function applyMutant({ name, file, from, to }: Mutant, source: string): string {
  const parts = source.split(from);
  if (parts.length !== 2)
    throw new Error(
      `mutant "${name}": its text occurs ${parts.length - 1} times in ${file}, must occur once`,
    );
  return parts.join(to);
}
