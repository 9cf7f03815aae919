type Fields = Readonly<Record<string, unknown>>;

const write = (level: 'info' | 'warn' | 'error', message: string, fields: Fields): void =>
  console.log(JSON.stringify({ level, at: new Date().toISOString(), message, ...fields }));

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
