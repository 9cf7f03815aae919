import type { CommandUnknownOpts } from '@commander-js/extra-typings';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { COMMAND_NAMES, createProgram, runProgram } from '../../../cli/program.ts';

/** Commands with their arguments and options. A required option ends with `!`. */
const COMMANDS: Readonly<Record<string, readonly string[]>> = {
  'token <caller> [name]': [
    '--stage',
    '--region',
    '--machine',
    '--no-browser',
    '--timeout-seconds',
  ],
  reconcile: ['--full', '--no-wait', '--url', '--token'],
  'findings list': ['--status', '--url', '--token'],
  'findings approve <finding-id>': ['--revision!', '--note', '--orders', '--url', '--token'],
  'findings dismiss <finding-id>': ['--revision!', '--note', '--url', '--token'],
  'stock-take <file>': ['--dry-run', '--url', '--token'],
  'locations list': ['--url', '--token'],
  'locations put <location-id>': [
    '--name!',
    '--kind',
    '--inactive',
    '--no-ships',
    '--pickup',
    '--priority',
    '--country',
    '--postal-code',
    '--city',
    '--address-line',
    '--time-zone',
    '--external-id',
    '--url',
    '--token',
  ],
  'availability <sku>': ['--location', '--url', '--token'],
  'dead-letters list': ['--url', '--token'],
  'dead-letters explain [queue]': ['--url', '--token'],
  'dead-letters redrive <queue>': ['--id', '--verdict', '--dry-run', '--url', '--token'],
  'dead-letters discard <queue>': ['--id', '--all', '--dry-run', '--url', '--token'],
  'erase-customer <customer-id>': ['--url', '--token'],
  'rebuild-balances': ['--dry-run', '--url', '--token'],
  'restore-items': ['--from!', '--to!', '--dry-run'],
  'checkout stop': ['--stage', '--region'],
  'checkout start': ['--stage', '--region'],
  'checkout status': ['--stage', '--region'],
  preflight: ['--orders-per-second!', '--region', '--abandoned-percent', '--reads-per-order'],
  'smoke-test': [
    '--url',
    '--staff-token',
    '--customer-token',
    '--payment-method',
    '--no-orders',
    '--wait-seconds',
  ],
  // No option names a deployed stage: faults exist on this machine only.
  'fault [function]': [
    '--times',
    '--call',
    '--call-text',
    '--lost-response',
    '--slow',
    '--crash',
    '--for',
    '--redelivery-seconds',
    '--list',
    '--clear',
  ],
};

const describeCommand = (words: string, command: CommandUnknownOpts): [string, string[]] => [
  [
    words,
    ...command.registeredArguments.map((argument) =>
      argument.required ? `<${argument.name()}>` : `[${argument.name()}]`,
    ),
  ].join(' '),
  command.options.map(({ long, mandatory }) => `${long}${mandatory ? '!' : ''}`),
];

const listCommands = (command: CommandUnknownOpts, words: string): [string, string[]][] =>
  command.commands.flatMap((child) => {
    const childWords = `${words} ${child.name()}`.trim();
    return child.commands.length > 0
      ? listCommands(child, childWords)
      : [describeCommand(childWords, child)];
  });

afterEach(() => {
  vi.restoreAllMocks();
  process.exitCode = undefined;
});

/** Runs the command in this process and returns its exit code and output. */
async function run(...args: readonly string[]) {
  const output: string[] = [];
  vi.spyOn(console, 'error').mockImplementation((text) => void output.push(String(text)));
  for (const stream of [process.stdout, process.stderr])
    vi.spyOn(stream, 'write').mockImplementation((text) => output.push(String(text)) > 0);
  await runProgram(await createProgram(args[0]), args);
  const { exitCode } = process;
  vi.restoreAllMocks();
  process.exitCode = undefined;
  return { exitCode, output: output.join('') };
}

describe('the stockbook command', () => {
  test('has these commands, arguments and options', async () => {
    expect(Object.fromEntries(listCommands(await createProgram(undefined), ''))).toEqual(COMMANDS);
  });

  test('loads only the command that is named', async () => {
    const { commands } = await createProgram('reconcile');

    expect(commands.map((command) => command.name())).toEqual(['reconcile']);
  });

  test.each(COMMAND_NAMES)('prints the help of %s and exits with 0', async (name) => {
    const { exitCode, output } = await run(name, '--help');

    expect(exitCode).toBe(0);
    expect(output).toMatch(new RegExp(`^Usage: stockbook ${name}`));
  });

  test('lists every command in its own help', async () => {
    const { exitCode, output } = await run('--help');

    expect(exitCode).toBe(0);
    for (const name of COMMAND_NAMES) expect(output).toMatch(new RegExp(`^  ${name} `, 'm'));
  });

  test.each<[string, readonly string[], string]>([
    ['an unknown command', ['reconcil'], '(Did you mean reconcile?)'],
    ['an unknown option', ['reconcile', '--fulll'], '(Did you mean --full?)'],
    ['a missing argument', ['stock-take'], "missing required argument 'file'"],
    ['a missing option', ['restore-items', '--from', 'a'], "required option '--to <table>'"],
    ['an argument too many', ['reconcile', 'now'], "too many arguments for 'reconcile'"],
    ['a bad number', ['findings', 'approve', 'f', '--revision', '0'], 'whole number from 1'],
    ['a bad choice', ['findings', 'list', '--status', 'new'], 'Allowed choices are open'],
    [
      'options that conflict',
      ['dead-letters', 'discard', 'q', '--all', '--id', 'm'],
      "cannot be used with option '--all'",
    ],
    ['a discard of nothing', ['dead-letters', 'discard', 'q'], 'Name messages with --id'],
    ['a fault of nothing', ['fault'], 'Name either a function, or --list or --clear'],
    ['a list with a function', ['fault', 'reserve-stock', '--list'], 'Name either a function'],
    [
      'two kinds of fault',
      ['fault', 'reserve-stock', '--crash', '--slow', '5s'],
      "option '--slow <duration>' cannot be used with option '--crash'",
    ],
    ['a slow fault without a duration', ['fault', 'reserve-stock', '--slow'], 'argument missing'],
    ['a duration without a unit', ['fault', 'reserve-stock', '--slow', '5'], '500ms or 5s'],
    ['a duration of zero', ['fault', 'reserve-stock', '--slow', '0s'], 'from 1ms to 600s'],
    ['a duration too long', ['fault', 'reserve-stock', '--slow', '601s'], 'from 1ms to 600s'],
    ['no invocation', ['fault', 'reserve-stock', '--times', '0'], 'whole number from 1 to 1000'],
    ['half an invocation', ['fault', 'reserve-stock', '--times', '1.5'], 'whole number from 1'],
    ['too many invocations', ['fault', 'reserve-stock', '--times', '1001'], 'from 1 to 1000'],
    [
      'an id without its system',
      ['locations', 'put', 'east', '--name', 'East', '--external-id', '=17'],
      'It must be a system and an id',
    ],
    ['a location without a name', ['locations', 'put', 'east'], "required option '--name <name>'"],
    ['a group without a command', ['checkout'], 'Usage: stockbook checkout'],
    ['no command', [], 'Usage: stockbook <command>'],
  ])('rejects %s with exit code 2', async (_name, args, message) => {
    const { exitCode, output } = await run(...args);

    expect(exitCode).toBe(2);
    expect(output).toContain(message);
  });
});
