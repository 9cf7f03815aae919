import { Command, InvalidArgumentError, Option } from '@commander-js/extra-typings';
import { UserError } from '../../local/errors.ts';
import {
  FAULT_DELAY_MILLISECONDS_MAX,
  FAULT_INVOCATIONS_MAX,
  FAULT_REDELIVERY_SECONDS_MAX,
  type Fault,
  type FaultRequest,
} from '../../local/faults/fault.ts';
import { clearFaults, listFaults, setFault } from '../../local/faults/request-faults.ts';
import { requireEndpoints } from '../client/connection.ts';
import { integerBetween } from '../options.ts';
import { EXIT_CODES, runCommand } from '../run-command.ts';
import { pluralize } from '../text.ts';

const MILLISECONDS_PER_SECOND = 1_000;
/** Options without a fault. */
const OTHER_USES = ['list', 'clear'];

export const createCommand = () =>
  new Command('fault')
    .summary('make functions fail on this machine')
    .description(
      'Injects a fault into the next invocations of a function of the Stockbook that runs on this machine: by default an error before the function runs. A deployed stage has no faults. An invocation of a function behind a queue or a stream is a batch.',
    )
    .argument('[function]', 'commit-reservation, or with its service: inventory/publish-events')
    .addOption(
      new Option('--times <count>', 'number of invocations')
        .argParser(integerBetween(1, FAULT_INVOCATIONS_MAX))
        .default(1)
        .conflicts(OTHER_USES),
    )
    .addOption(
      new Option(
        '--lost-response',
        'run the function, and return an error to its caller',
      ).conflicts(['slow', 'crash', ...OTHER_USES]),
    )
    .addOption(
      new Option('--slow <duration>', 'wait before the function runs: 500ms or 5s')
        .argParser(parseDuration)
        .conflicts(['lostResponse', 'crash', 'redeliverySeconds', ...OTHER_USES]),
    )
    .addOption(
      new Option(
        '--crash',
        'run the function, and end its environment before the response',
      ).conflicts(['lostResponse', 'slow', ...OTHER_USES]),
    )
    .addOption(
      new Option(
        '--for <text>',
        'only invocations whose event contains the text, such as an order id',
      ).conflicts(OTHER_USES),
    )
    .addOption(
      new Option(
        '--redelivery-seconds <seconds>',
        'time until the messages of a queue are received again (default: its visibility timeout)',
      )
        .argParser(integerBetween(0, FAULT_REDELIVERY_SECONDS_MAX))
        .conflicts(OTHER_USES),
    )
    .addOption(new Option('--list', 'print the faults that are set').conflicts('clear'))
    .addOption(new Option('--clear', 'remove all faults'))
    .action(
      runCommand(async (_signal, functionName, { list = false, clear = false, ...options }) => {
        if ((functionName !== undefined) === (list || clear))
          throw new UserError('Name either a function, or --list or --clear.');
        const { aws } = requireEndpoints();
        if (functionName !== undefined) {
          const fault = await setFault(aws, requestOf(functionName, options));
          for (const line of describeFault(fault)) console.log(line);
        } else if (list) {
          const faults = await listFaults(aws);
          if (faults.length === 0) console.log('No faults are set.');
          for (const line of faults.flatMap(describeFault)) console.log(line);
        } else {
          await clearFaults(aws);
          console.log('Removed all faults.');
        }
        return EXIT_CODES.done;
      }),
    );

type FaultOptions = {
  readonly times: number;
  readonly lostResponse?: true | undefined;
  readonly slow?: number | undefined;
  readonly crash?: true | undefined;
  readonly for?: string | undefined;
  readonly redeliverySeconds?: number | undefined;
};

function requestOf(
  functionName: string,
  { times, lostResponse, slow, crash, for: text, redeliverySeconds }: FaultOptions,
): FaultRequest {
  const selection = { functionName, times, text };
  if (slow !== undefined) return { ...selection, kind: 'slow', delayMilliseconds: slow };
  const kind = lostResponse ? 'lostResponse' : crash ? 'crash' : 'error';
  return { ...selection, kind, redeliverySeconds };
}

/** Describes a fault in one line, and in a second one when messages are received again. */
function describeFault(fault: Fault): readonly string[] {
  const { functionName, times, text } = fault;
  const invocations = times === 1 ? 'invocation' : pluralize(times, 'invocation');
  const selection = text === undefined ? '' : ` with ${text}`;
  const line = `${functionName}, next ${invocations}${selection}: ${effectOf(fault)}`;
  if (fault.kind === 'slow' || fault.visibilitySeconds === undefined) return [line];
  const { redeliverySeconds, visibilitySeconds } = fault;
  const redelivery =
    redeliverySeconds === undefined
      ? `${visibilitySeconds} s, the visibility timeout of their queue. --redelivery-seconds shortens this.`
      : `${redeliverySeconds} s.`;
  return [line, `  Its messages are received again after ${redelivery}`];
}

function effectOf(fault: Fault): string {
  switch (fault.kind) {
    case 'error':
      return 'fails before the function runs';
    case 'lostResponse':
      return 'runs, and its caller receives an error';
    case 'crash':
      return 'runs, and its environment ends before the response';
    case 'slow':
      return `waits ${fault.delayMilliseconds} ms before the function runs`;
  }
}

/**
 * Returns a duration such as `500ms` or `2.5s` in milliseconds. Throws InvalidArgumentError for any
 * other text.
 */
function parseDuration(text: string): number {
  const [, amount, unit] = /^(\d+(?:\.\d+)?)(ms|s)$/.exec(text) ?? [];
  const milliseconds = Math.round(Number(amount) * (unit === 's' ? MILLISECONDS_PER_SECOND : 1));
  if (milliseconds >= 1 && milliseconds <= FAULT_DELAY_MILLISECONDS_MAX) return milliseconds;
  throw new InvalidArgumentError(
    `It must be a duration from 1ms to ${FAULT_DELAY_MILLISECONDS_MAX / MILLISECONDS_PER_SECOND}s, such as 500ms or 5s.`,
  );
}
