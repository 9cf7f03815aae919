import { parseArgs } from 'node:util';

const BAD_USE = 2;

/**
 * The whole numbers that a script is given as `--name N`, or their defaults. `--help` prints how it is used; what cannot be read does
 * so too, and ends the process with exit code 2.
 */
export function numbersGiven<Name extends string>(
  usage: string,
  defaults: Readonly<Record<Name, number>>,
): Record<Name, number> {
  const names = Object.keys(defaults) as Name[];
  const wrong = (why: string): never => {
    console.error(`${why}\n\n${usage}`);
    return process.exit(BAD_USE);
  };
  const read = (): Readonly<Record<string, unknown>> => {
    try {
      const options = Object.fromEntries(names.map((name) => [name, { type: 'string' as const }]));
      return parseArgs({ options: { ...options, help: { type: 'boolean' } } }).values;
    } catch (fault) {
      return wrong(fault instanceof Error ? fault.message : String(fault));
    }
  };
  const given = read();
  if (given.help === true) {
    console.log(usage);
    process.exit(0);
  }
  const numbers = names.map((name) => {
    const text = given[name];
    const value = text === undefined ? defaults[name] : Number(text);
    if (text === '' || !Number.isSafeInteger(value) || value < 0)
      wrong(`--${name} is a whole number, not ${text}`);
    return [name, value] as const;
  });
  // The names are those of the defaults.
  return Object.fromEntries(numbers) as Record<Name, number>;
}
