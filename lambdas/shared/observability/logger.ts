type Fields = Readonly<Record<string, unknown>>;

/**
 * Writes one line of JSON to standard output. Lambda writes the arguments of `console` as text
 * inside its own JSON, where CloudWatch finds no metrics, but leaves a line that is already JSON
 * unchanged.
 * https://docs.aws.amazon.com/lambda/latest/dg/nodejs-logging.html#nodejs-logging-advanced-emf
 * https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs-logformat.html
 */
export const writeLogLine = (line: Fields): void => {
  process.stdout.write(`${JSON.stringify(line)}\n`);
};

/**
 * Writes a line with the fields that Lambda reads: `level` in its spelling and `timestamp` as RFC
 * 3339. Lambda treats a line without a valid timestamp as INFO, so a filter for errors would drop
 * it.
 * https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs-log-level.html
 */
const write = (level: 'INFO' | 'WARN' | 'ERROR', message: string, fields: Fields): void =>
  writeLogLine({ level, timestamp: new Date().toISOString(), message, ...fields });

/**
 * Writes JSON lines for CloudWatch Logs. Fields are ids, codes and counts, never a token, a body or
 * a payment method.
 */
export const logger = {
  info: (message: string, fields: Fields = {}) => write('INFO', message, fields),
  warn: (message: string, fields: Fields = {}) => write('WARN', message, fields),
  error: (message: string, error: unknown, fields: Fields = {}) =>
    write('ERROR', message, { ...fields, error: toErrorFields(error) }),
};

const toErrorFields = (error: unknown) =>
  error instanceof Error
    ? { name: error.name, message: error.message, stack: error.stack }
    : { message: String(error) };
