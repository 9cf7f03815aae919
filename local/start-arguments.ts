import { parseArgs } from 'node:util';

export type StartArguments = {
  readonly skipsDemo: boolean;
  /** Tables and tokens survive a restart. */
  readonly keepsData: boolean;
  readonly context: Readonly<Record<string, string>>;
};

export const USAGE = 'usage: npm start -- [--empty] [--keep] [-c key=value]...';

/** Throws an error whose message is for the person who typed. */
export function parseStartArguments(argv: readonly string[]): StartArguments {
  const { values } = parseArgs({
    args: [...argv],
    options: {
      empty: { type: 'boolean' },
      keep: { type: 'boolean' },
      context: { type: 'string', short: 'c', multiple: true },
    },
  });
  const context = (values.context ?? []).map((pair): [string, string] => {
    const [, key, value] = /^([^=]+)=(.*)$/.exec(pair) ?? [];
    if (key === undefined || value === undefined)
      throw new Error(`-c takes key=value, not ${pair}`);
    return [key, value];
  });
  return {
    skipsDemo: values.empty ?? false,
    keepsData: values.keep ?? false,
    context: Object.fromEntries(context),
  };
}

export const PORT_DEFAULT = 3000;
const PORT_MAX = 65_535;

/** 0 is any free port. */
export function parsePort(value: string | undefined): number {
  if (value === undefined || value === '') return PORT_DEFAULT;
  const port = Number(value);
  if (Number.isInteger(port) && port >= 0 && port <= PORT_MAX) return port;
  throw new Error(`PORT must be a number from 0 to ${PORT_MAX}, not ${value}`);
}
