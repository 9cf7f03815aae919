import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { CloudWatchLogsClient, paginateFilterLogEvents } from '@aws-sdk/client-cloudwatch-logs';
import { inject } from 'vitest';
import { awsClientConfig, stageName } from '../infra/aws-access.ts';
import type { DeployedStage } from '../infra/deployed-stage.ts';

/** Line that a function logged. `of` is the function, as `<context>/<construct>`. */
export type LogLine = {
  readonly functionName: string;
  readonly text: string;
  readonly line: Readonly<Record<string, unknown>>;
};

/**
 * Returns every line of every function's log since the tests started, the oldest of a function
 * first: from the files of a local runtime, or from the log groups of a deployed stage. Throws for
 * a line of a local runtime that is not JSON.
 */
export async function readLogLines(): Promise<readonly LogLine[]> {
  const local = inject('localEndpoints');
  if (local !== undefined) return readLocalLogLines(local.logs);
  const account = inject('account');
  if (account === undefined) throw new Error('The logs cannot be read: set STOCKBOOK_STAGE.');
  return readLogGroups(account);
}

/**
 * Milliseconds between two reads of the logs. CloudWatch Logs allows about ten requests per second.
 */
export const LOGS_POLL_MILLISECONDS = inject('localEndpoints') === undefined ? 2_000 : 50;

/**
 * Returns every line of a local runtime's logs, the oldest of a function first. Throws for a line
 * that is not JSON.
 */
export function readLocalLogLines(folder: string): readonly LogLine[] {
  const files = readdirSync(folder).filter((file) => file.endsWith('.log'));
  return files.flatMap((file) => {
    const [, context = '', construct = ''] =
      /^stockbook-[^-]+-([a-z]+)-(\w+?)[0-9A-F]{8}\.log$/.exec(file) ?? [];
    return (
      readFileSync(path.join(folder, file), 'utf8')
        .split('\n')
        // The text after the last break is empty, or a line that is still being written.
        .slice(0, -1)
        .map((text) => ({ functionName: `${context}/${construct}`, text, line: JSON.parse(text) }))
    );
  });
}

async function readLogGroups({ logGroups, startedAt }: DeployedStage): Promise<readonly LogLine[]> {
  const client = new CloudWatchLogsClient(awsClientConfig('aws'));
  const groups = Object.entries(logGroups).map(async ([functionName, logGroupName]) => {
    const lines: LogLine[] = [];
    const pages = paginateFilterLogEvents({ client }, { logGroupName, startTime: startedAt });
    for await (const { events = [] } of pages)
      for (const { message = '' } of events)
        lines.push({ functionName, text: message.trimEnd(), line: parseLogLine(message) });
    return lines;
  });
  const lines = (await Promise.all(groups)).flat();
  client.destroy();
  return lines;
}

/**
 * Parses a line of a log group. Lambda writes text as the message of a JSON line, but an emulator
 * of AWS may write it unchanged.
 */
function parseLogLine(text: string): LogLine['line'] {
  try {
    return JSON.parse(text);
  } catch {
    return { message: text };
  }
}

/**
 * Sums a metric in the embedded metric format. Throws when a line does not declare it in the
 * namespace, with the stage.
 */
export function sumMetric(lines: readonly LogLine[], name: string): number {
  let sum = 0;
  for (const { line } of lines) {
    const { _aws: emf, Stage: stage, [name]: value } = line;
    if (emf === undefined || typeof value !== 'number') continue;
    const [declared] = (emf as { CloudWatchMetrics: readonly MetricDeclaration[] })
      .CloudWatchMetrics;
    if (
      declared?.Namespace !== 'Stockbook' ||
      declared.Dimensions[0]?.join() !== 'Stage' ||
      stage !== stageName()
    )
      throw new Error(`${name} does not have the format that alarms read: ${JSON.stringify(line)}`);
    if (declared.Metrics.some(({ Name }) => Name === name)) sum += value;
  }
  return sum;
}
type MetricDeclaration = {
  readonly Namespace: string;
  readonly Dimensions: readonly (readonly string[])[];
  readonly Metrics: readonly { readonly Name: string }[];
};
