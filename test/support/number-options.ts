import { parseArgs } from 'node:util';

const EXIT_USAGE_ERROR = 2;

/**
 * The whole numbers that a script is given as `--name N`, or their defaults. `--help` prints how it is used; what cannot be read does
 * so too, and ends the process with exit code 2.
 */
export function parseNumberOptions<Name extends string>(
  usage: string,
  defaults: Readonly<Record<Name, number>>,
): Record<Name, number> {
  const names = Object.keys(defaults) as Name[];
  const exitWithUsage = (why: string): never => {
    console.error(`${why}\n\n${usage}`);
    return process.exit(EXIT_USAGE_ERROR);
  };
  const parse = (): Readonly<Record<string, unknown>> => {
    try {
      const options = Object.fromEntries(names.map((name) => [name, { type: 'string' as const }]));
      return parseArgs({ options: { ...options, help: { type: 'boolean' } } }).values;
    } catch (fault) {
      return exitWithUsage(fault instanceof Error ? fault.message : String(fault));
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
      exitWithUsage(`--${name} is a whole number, not ${text}`);
    return [name, value] as const;
  });
  // The names are those of the defaults.
  return Object.fromEntries(numbers) as Record<Name, number>;
}
