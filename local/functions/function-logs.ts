import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import * as z from 'zod/mini';
import type { AwsAction } from '../api/aws-server.ts';
import type { Resources } from '../cloud-assembly/resources.ts';
import { AwsError } from '../errors.ts';

const Request = z.object({
  logGroupName: z.string(),
  filterPattern: z._default(z.string(), ''),
  startTime: z._default(z.int(), 0),
});
const Logged = z.looseObject({ timestamp: z.iso.datetime() });

/**
 * Creates the action FilterLogEvents of CloudWatch Logs. It reads the functions' log files and
 * returns one page. It supports patterns that require a field of a JSON line to have a text, or to
 * exist.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntax.html
 */
export function logActions(
  resources: Resources,
  logDirectory: string,
): Readonly<Record<string, AwsAction>> {
  const files = new Map(
    resources
      .ofType('AWS::Lambda::Function')
      .map(({ name, properties }) => [
        properties.LoggingConfig?.LogGroup,
        path.join(logDirectory, `${name}.log`),
      ]),
  );
  return {
    'Logs_20140328.FilterLogEvents': (request) => {
      const { logGroupName, filterPattern, startTime } = Request.parse(request);
      const file = files.get(logGroupName);
      if (file === undefined)
        throw new AwsError('ResourceNotFoundException', 'The specified log group does not exist.');
      const isWanted = patternOf(filterPattern);
      const lines = existsSync(file) ? readFileSync(file, 'utf8').split('\n') : [];
      const events = lines.flatMap((message) => {
        const line = Logged.safeParse(parsed(message));
        const timestamp = line.success ? Date.parse(line.data.timestamp) : 0;
        return line.success && timestamp >= startTime && isWanted(line.data)
          ? [{ timestamp, message, logStreamName: 'local' }]
          : [];
      });
      return { events };
    },
  };
}

type Line = Readonly<Record<string, unknown>>;

/**
 * Compiles patterns of the form `{ $.field = "text" && $.other.inner = "*" }`, in which `*` matches
 * any text.
 */
function patternOf(pattern: string): (line: Line) => boolean {
  if (pattern === '') return () => true;
  const inside = /^\{ (.+) \}$/.exec(pattern)?.[1];
  const selectors = (inside ?? '').split(' && ').map((selector) => {
    const [, field = '', text] = /^\$\.([\w.]+) = "([^"*]*|\*)"$/.exec(selector) ?? [];
    if (field === '')
      throw new AwsError(
        'InvalidParameterException',
        `the local runtime does not support the pattern ${pattern}`,
      );
    return (line: Line) =>
      text === '*' ? valueAt(line, field) !== undefined : valueAt(line, field) === text;
  });
  return (line) => selectors.every((selects) => selects(line));
}

const valueAt = (line: unknown, path: string): unknown =>
  path
    .split('.')
    .reduce<unknown>(
      (inner, name) =>
        typeof inner === 'object' && inner !== null ? Reflect.get(inner, name) : undefined,
      line,
    );

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
