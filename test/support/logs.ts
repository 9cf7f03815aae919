import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

/** A line that a function logged. `of` is its function, as `<context>/<construct>`. */
export type LogLine = {
  readonly of: string;
  readonly text: string;
  readonly line: Readonly<Record<string, unknown>>;
};

/** Every line of every function's log, the oldest of a function first. Throws for one that is no JSON. */
export function linesIn(folder: string): readonly LogLine[] {
  return readdirSync(folder).flatMap((file) => {
    const [, context = '', construct = ''] =
      /^stockbook-[^-]+-([a-z]+)-(\w+?)[0-9A-F]{8}\.log$/.exec(file) ?? [];
    return (
      readFileSync(path.join(folder, file), 'utf8')
        .split('\n')
        // What follows the last break is nothing, or a line that is still being written.
        .slice(0, -1)
        .map((text) => ({ of: `${context}/${construct}`, text, line: JSON.parse(text) }))
    );
  });
}

/** What a metric of the embedded metric format adds up to; its lines must declare it in the namespace, with the stage. */
export function metricIn(lines: readonly LogLine[], name: string): number {
  let sum = 0;
  for (const { line } of lines) {
    const { _aws: emf, Stage: stage, [name]: value } = line;
    if (emf === undefined || typeof value !== 'number') continue;
    const [declared] = (emf as { CloudWatchMetrics: readonly Declaration[] }).CloudWatchMetrics;
    if (declared?.Namespace !== 'Stockbook' || declared.Dimensions[0]?.join() !== 'Stage' || stage !== 'dev')
      throw new Error(`${name} is not as an alarm looks for it: ${JSON.stringify(line)}`);
    if (declared.Metrics.some(({ Name }) => Name === name)) sum += value;
  }
  return sum;
}
type Declaration = {
  readonly Namespace: string;
  readonly Dimensions: readonly (readonly string[])[];
  readonly Metrics: readonly { readonly Name: string }[];
};
