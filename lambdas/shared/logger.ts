type Fields = Readonly<Record<string, unknown>>;

/**
 * A line of JSON, to standard output as it is. What `console` is told, Lambda's runtime would put as a text into a line of its own, in which no
 * metrics are found; a line that is JSON already is passed on.
 * https://docs.aws.amazon.com/lambda/latest/dg/nodejs-logging.html#nodejs-logging-advanced-emf
 * https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs-logformat.html
 */
export const writeLine = (line: Fields): void => {
  process.stdout.write(`${JSON.stringify(line)}\n`);
};

const write = (level: 'info' | 'warn' | 'error', message: string, fields: Fields): void =>
  writeLine({ level, at: new Date().toISOString(), message, ...fields });

/** JSON lines for CloudWatch Logs. Fields are ids, codes and counts: never a token, a body or a payment method. */
export const log = {
  info: (message: string, fields: Fields = {}) => write('info', message, fields),
  warn: (message: string, fields: Fields = {}) => write('warn', message, fields),
  error: (message: string, fault: unknown, fields: Fields = {}) =>
    write('error', message, { ...fields, error: describe(fault) }),
};

const describe = (fault: unknown) =>
  fault instanceof Error
    ? { name: fault.name, message: fault.message, stack: fault.stack }
    : { message: String(fault) };
