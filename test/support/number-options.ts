import { parseArgs } from 'node:util';

const EXIT_USAGE_ERROR = 2;

/**
 * Returns the whole numbers given as `--name N`, or their defaults, and whether each flag was
 * given. `--help` prints the usage and exits with 0. Invalid options exit with 2.
 */
export function parseNumberOptions<Name extends string, Flag extends string = never>(
  usage: string,
  defaults: Readonly<Record<Name, number>>,
  flags: readonly Flag[] = [],
): Record<Name, number> & Record<Flag, boolean> {
  const names = Object.keys(defaults) as Name[];
  const exitWithUsage = (problem: string): never => {
    console.error(`${problem}\n\n${usage}`);
    return process.exit(EXIT_USAGE_ERROR);
  };
  const parse = (): Readonly<Record<string, unknown>> => {
    const numberOptions = names.map((name) => [name, { type: 'string' as const }]);
    const flagOptions = [...flags, 'help'].map((name) => [name, { type: 'boolean' as const }]);
    try {
      return parseArgs({ options: Object.fromEntries([...numberOptions, ...flagOptions]) }).values;
    } catch (error) {
      return exitWithUsage(error instanceof Error ? error.message : String(error));
    }
  };
  const values = parse();
  if (values.help === true) {
    console.log(usage);
    process.exit(0);
  }
  const numbers = names.map((name) => {
    const text = values[name];
    const value = text === undefined ? defaults[name] : Number(text);
    if (text === '' || !Number.isSafeInteger(value) || value < 0)
      exitWithUsage(`--${name} takes a whole number, not ${text}`);
    return [name, value] as const;
  });
  // The names are those of the defaults and of the flags.
  return Object.fromEntries([
    ...numbers,
    ...flags.map((flag) => [flag, values[flag] === true] as const),
  ]) as Record<Name, number> & Record<Flag, boolean>;
}
