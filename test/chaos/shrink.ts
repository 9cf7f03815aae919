import type { Story, Told } from './chaos-story.ts';

/** Stories that are told at most to make one smaller. */
const TRIES_MAX = 80;

/**
 * The smallest story found that still fails: customers are left out, then faults, in ever smaller parts (delta debugging, Zeller
 * 1999). What is left out changes no chance of what is left.
 */
export async function shrunk(
  tell: (story: Story) => Promise<Told>,
  story: Story,
): Promise<{ readonly story: Story; readonly told: Told }> {
  let tries = 0;
  const fails = async (smaller: Story): Promise<Told | undefined> => {
    tries += 1;
    const told = await tell(smaller);
    return told.violations.length > 0 ? told : undefined;
  };
  const first = await fails(story);
  if (first === undefined)
    throw new Error(`story ${story.seed} does not fail when it is told again`);
  let best = { story, told: first };

  const without = async <Part>(
    parts: readonly Part[],
    leave: (out: ReadonlySet<Part>) => Story,
  ): Promise<void> => {
    let there = [...parts];
    for (
      let size = Math.ceil(there.length / 2);
      size >= 1 && tries < TRIES_MAX;
      size = size === 1 ? 0 : Math.ceil(size / 2)
    ) {
      for (let from = 0; from < there.length && tries < TRIES_MAX; ) {
        const kept = [...there.slice(0, from), ...there.slice(from + size)];
        const out = new Set(parts.filter((part) => !kept.includes(part)));
        const smaller = leave(out);
        const told = await fails(smaller);
        if (told === undefined) from += size;
        else {
          best = { story: smaller, told };
          there = kept;
        }
      }
    }
  };
  const all = Array.from({ length: story.customers }, (_, number) => number);
  await without(all, (absent) => ({ ...best.story, absent }));
  await without(best.told.faultKeys, (spared) => ({ ...best.story, spared }));
  return best;
}
