import { Command, InvalidArgumentError, Option } from '@commander-js/extra-typings';
import { UserError } from './errors.ts';

export type StartArguments = {
  readonly skipsDemo: boolean;
  /** Whether the tour is played in place of the demo. */
  readonly playsTour: boolean;
  /** Whether tables and tokens survive a restart. */
  readonly keepsData: boolean;
  /** Whether each request, event and failure is printed. */
  readonly isVerbose: boolean;
  readonly context: Readonly<Record<string, string>>;
};

type Context = Readonly<Record<string, string>>;

/**
 * Parses the arguments of `npm start`. Prints help and errors itself, and then throws a
 * CommanderError, whose exit code is 0 after help.
 */
export function parseStartArguments(argv: readonly string[]): StartArguments {
  const command = new Command('npm start --')
    .description('Runs Stockbook on this machine until Ctrl-C. PORT is the port of its API.')
    .option('--no-demo', 'skip the scripted demo')
    .addOption(new Option('--tour', 'play the tour in place of the demo').conflicts('persist'))
    .option('--persist', 'keep the tables and the keys of tokens in .local/data')
    .option('--verbose', 'print each request, event and failed invocation')
    .option('-c, --context <key=value>', 'setting of the CDK app (repeatable)', parseContext)
    .showHelpAfterError('(--help lists the options)')
    .exitOverride()
    .parse([...argv], { from: 'user' });
  const { demo, tour = false, persist = false, verbose = false, context = {} } = command.opts();
  return { skipsDemo: !demo, playsTour: tour, keepsData: persist, isVerbose: verbose, context };
}

function parseContext(text: string, earlier: Context | undefined): Context {
  const [, key, value] = /^([^=]+)=(.*)$/.exec(text) ?? [];
  if (key === undefined || value === undefined)
    throw new InvalidArgumentError('It must have the form key=value.');
  return { ...earlier, [key]: value };
}

export const PORT_DEFAULT = 3000;
const PORT_MAX = 65_535;

/**
 * Parses a port; 0 is any free port, and the default is 3000. Throws a UserError for any other
 * text.
 */
export function parsePort(value: string | undefined): number {
  if (value === undefined || value === '') return PORT_DEFAULT;
  const port = Number(value);
  if (Number.isInteger(port) && port >= 0 && port <= PORT_MAX) return port;
  throw new UserError(`PORT must be a number from 0 to ${PORT_MAX}, not ${value}.`);
}
