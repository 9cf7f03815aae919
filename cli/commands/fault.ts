import { Command, InvalidArgumentError, Option } from '@commander-js/extra-typings';
import { UserError } from '../../local/errors.ts';
import {
  FAULT_DELAY_MILLISECONDS_MAX,
  FAULT_REDELIVERY_SECONDS_MAX,
  FAULT_TIMES_MAX,
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
      'Injects a fault into the next invocations of a function of the Stockbook that runs on this machine: by default an error before the function runs. With --call, into the next calls that the function makes. A deployed stage has no faults. An invocation of a function behind a queue or a stream is a batch.',
    )
    .argument('[function]', 'commit-reservation, or with its service: inventory/publish-events')
    .addOption(
      new Option('--times <count>', 'number of invocations, or of calls with --call')
        .argParser(integerBetween(1, FAULT_TIMES_MAX))
        .default(1)
        .conflicts(OTHER_USES),
    )
    .addOption(
      new Option(
        '--call <name>',
        'hit a call of the function: TransactWriteItems, or "PUT /reservations/{reservationId}"',
      ).conflicts(OTHER_USES),
    )
    .addOption(
      new Option(
        '--call-text <text>',
        'only calls whose request contains the text, such as the name of a table',
      ).conflicts(OTHER_USES),
    )
    .addOption(
      new Option(
        '--lost-response',
        'run the function or make the call, and return an error to its caller',
      ).conflicts(['slow', 'crash', ...OTHER_USES]),
    )
    .addOption(
      new Option(
        '--slow <duration>',
        'wait before the function runs or the call is sent: 500ms or 5s',
      )
        .argParser(parseDuration)
        .conflicts(['lostResponse', 'crash', 'redeliverySeconds', ...OTHER_USES]),
    )
    .addOption(
      new Option(
        '--crash',
        'run the function or make the call, and end the environment before the response',
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
  readonly call?: string | undefined;
  readonly callText?: string | undefined;
  readonly for?: string | undefined;
  readonly redeliverySeconds?: number | undefined;
};

function requestOf(
  functionName: string,
  { times, lostResponse, slow, crash, for: text, call, callText, redeliverySeconds }: FaultOptions,
): FaultRequest {
  const selection = { functionName, times, text, call, callText };
  if (slow !== undefined) return { ...selection, kind: 'slow', delayMilliseconds: slow };
  const kind = lostResponse ? 'lostResponse' : crash ? 'crash' : 'error';
  return { ...selection, kind, redeliverySeconds };
}

/** Describes a fault in one line, and in a second one when messages are received again. */
function describeFault(fault: Fault): readonly string[] {
  const line = `${fault.functionName}, ${hitsOf(fault)}: ${effectOf(fault)}`;
  const redelivery = redeliveryOf(fault);
  return redelivery === undefined
    ? [line]
    : [line, `  Its messages are received again after ${redelivery}`];
}

function hitsOf({ times, text, call, callText }: Fault): string {
  const next = (noun: string) => `next ${times === 1 ? noun : pluralize(times, noun)}`;
  const withText = (words: string) => (words === '' ? '' : ` with ${words}`);
  if (call === undefined) return next('invocation') + withText(text ?? '');
  const calls = `${next('call')} of ${call}${withText(callText ?? '')}`;
  return text === undefined ? calls : `${calls} in invocations with ${text}`;
}

function effectOf(fault: Fault): string {
  const isCall = fault.call !== undefined;
  switch (fault.kind) {
    case 'error':
      return isCall ? 'fails before it is sent' : 'fails before the function runs';
    case 'lostResponse':
      return isCall
        ? 'is made, and the function gets no response'
        : 'runs, and its caller receives an error';
    case 'crash':
      return isCall
        ? "is made, and the function's environment ends before the response"
        : 'runs, and its environment ends before the response';
    case 'slow':
      return `waits ${fault.delayMilliseconds} ms before ${isCall ? 'it is sent' : 'the function runs'}`;
  }
}

/**
 * Returns when messages of a failed batch are received again. Undefined for a function without a
 * queue, and for an error that the function handles itself: its own code then sets that time.
 */
function redeliveryOf(fault: Fault): string | undefined {
  if (fault.kind === 'slow' || fault.visibilitySeconds === undefined) return undefined;
  if (fault.redeliverySeconds !== undefined) return `${fault.redeliverySeconds} s.`;
  if (fault.call !== undefined && fault.kind !== 'crash') return undefined;
  return `${fault.visibilitySeconds} s, the visibility timeout of their queue. --redelivery-seconds shortens this.`;
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
