import path from 'node:path';
import { parseImports, type Source } from './sources.ts';

/** Imports of each file, including imports of types, by path from the project's root. */
type ImportGraph = ReadonlyMap<string, readonly string[]>;

function toImportGraph(sources: readonly Source[]): ImportGraph {
  const files = new Set(sources.map(({ file }) => file));
  return new Map(
    sources.map(({ file, text }) => [
      file,
      parseImports(text)
        .filter(({ specifier }) => specifier.startsWith('.'))
        .map(({ specifier }) => path.posix.join(path.posix.dirname(file), specifier))
        .filter((target) => files.has(target)),
    ]),
  );
}

/**
 * Returns every group of files that import each other, directly or through others, sorted by path:
 * the strongly connected components of the import graph (Tarjan 1972). Empty without a cycle.
 */
export function findCycles(sources: readonly Source[]): readonly (readonly string[])[] {
  const graph = toImportGraph(sources);
  const indexes = new Map<string, number>();
  const stack: string[] = [];
  const cycles: string[][] = [];

  const visit = (file: string): number => {
    const index = indexes.size;
    indexes.set(file, index);
    stack.push(file);
    let low = index;
    for (const target of graph.get(file) ?? []) {
      if (!indexes.has(target)) low = Math.min(low, visit(target));
      else if (stack.includes(target)) low = Math.min(low, indexes.get(target) ?? index);
    }
    if (low === index) {
      const group = stack.splice(stack.indexOf(file));
      if (group.length > 1 || graph.get(file)?.includes(file)) cycles.push(group.sort());
    }
    return low;
  };
  for (const file of graph.keys()) if (!indexes.has(file)) visit(file);
  return cycles.sort();
}
