import { Command, CommanderError, type CommandUnknownOpts } from '@commander-js/extra-typings';
import { EXIT_CODES } from './run-command.ts';

type CommandModule = { readonly createCommand: () => CommandUnknownOpts };

/** Modules of the subcommands, in the order in which `--help` lists them. */
const COMMANDS: Readonly<Record<string, () => Promise<CommandModule>>> = {
  token: () => import('./commands/token.ts'),
  reconcile: () => import('./commands/reconcile.ts'),
  findings: () => import('./commands/findings.ts'),
  'stock-take': () => import('./commands/stock-take.ts'),
  locations: () => import('./commands/locations.ts'),
  availability: () => import('./commands/availability.ts'),
  'dead-letters': () => import('./commands/dead-letters.ts'),
  'erase-customer': () => import('./commands/erase-customer.ts'),
  'rebuild-balances': () => import('./commands/rebuild-balances.ts'),
  'restore-items': () => import('./commands/restore-items.ts'),
  checkout: () => import('./commands/checkout.ts'),
  preflight: () => import('./commands/preflight.ts'),
  'smoke-test': () => import('./commands/smoke-test.ts'),
  fault: () => import('./commands/fault.ts'),
};
export const COMMAND_NAMES: readonly string[] = Object.keys(COMMANDS);

/**
 * Creates the `stockbook` command. Loads only the subcommand that is named, because others load the
 * AWS SDK; loads all subcommands for any other name, so that help and suggestions know them.
 */
export async function createProgram(name: string | undefined): Promise<Command> {
  const program = new Command('stockbook')
    .description('Operates Stockbook: the one on this machine, or a deployed stage.')
    .usage('<command> [options]')
    .showHelpAfterError('(--help lists the options)')
    .exitOverride();
  const load = Object.hasOwn(COMMANDS, name ?? '') ? COMMANDS[name ?? ''] : undefined;
  const loaders = load === undefined ? Object.values(COMMANDS) : [load];
  const modules = await Promise.all(loaders.map((loadModule) => loadModule()));
  for (const { createCommand } of modules) program.addCommand(createCommand());
  copySettings(program);
  return program;
}

/** Commander copies the settings of a command only to subcommands that it creates itself. */
function copySettings(parent: CommandUnknownOpts): void {
  for (const child of parent.commands) {
    child.copyInheritedSettings(parent);
    copySettings(child);
  }
}

/**
 * Runs the command that the arguments name. Commander prints errors of usage; their exit code is
 * that of any other error.
 */
export async function runProgram(program: Command, args: readonly string[]): Promise<void> {
  try {
    await program.parseAsync([...args], { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    process.exitCode = error.exitCode === 0 ? EXIT_CODES.done : EXIT_CODES.error;
  }
}
