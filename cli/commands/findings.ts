import { Command, Option } from '@commander-js/extra-typings';
import { unwrap } from '../../client/src/index.ts';
import { connect } from '../client/api-client.ts';
import { type ConnectionOptions, resolveConnection } from '../client/connection.ts';
import { FINDING_STATUSES, formatFindings } from '../finding-report.ts';
import { integerBetween, tokenOption, urlOption } from '../options.ts';
import { listFindings } from '../reconciliation.ts';
import { EXIT_CODES, type ExitCode, runCommand } from '../run-command.ts';

const REVISION_MAX = 1_000_000;

type Decision = {
  readonly revision: number;
  readonly note?: string;
  readonly orderDecision?: 'cancel' | 'keep';
};

export const createCommand = () =>
  new Command('findings')
    .summary('list, approve and dismiss findings of reconciliations')
    .description('Lists findings of reconciliations, and approves or dismisses one of them.')
    .addCommand(createListCommand())
    .addCommand(createApproveCommand())
    .addCommand(createDismissCommand());

const createListCommand = () =>
  new Command('list')
    .description('Prints findings. Exits with 1 when findings are open.')
    .addOption(
      new Option('--status <status>', 'status of the findings')
        .choices(FINDING_STATUSES)
        .default('open' as const),
    )
    .addOption(urlOption())
    .addOption(tokenOption())
    .action(
      runCommand(async (_signal, { status, url, token }) => {
        const findings = await listFindings(await resolveConnection({ url, token }), status);
        console.log(formatFindings(findings, status, process.stdout.columns));
        return status === 'open' && findings.length > 0 ? EXIT_CODES.open : EXIT_CODES.done;
      }),
    );

const createApproveCommand = () =>
  new Command('approve')
    .description('Approves the repair that a finding proposes. The owner of the record repairs it.')
    .argument('<finding-id>')
    .addOption(revisionOption())
    .option('--note <text>', 'reason, stored with the finding')
    .addOption(
      new Option(
        '--orders <decision>',
        'for a count that leaves committed orders without units: what becomes of these orders',
      ).choices(['cancel', 'keep'] as const),
    )
    .addOption(urlOption())
    .addOption(tokenOption())
    .action(
      runCommand(async (_signal, findingId, { revision, note, orders, url, token }) =>
        decideFinding({ url, token }, findingId, 'approval', {
          revision,
          ...(note !== undefined && { note }),
          ...(orders !== undefined && { orderDecision: orders }),
        }),
      ),
    );

const createDismissCommand = () =>
  new Command('dismiss')
    .description('Closes a finding without a repair.')
    .argument('<finding-id>')
    .addOption(revisionOption())
    .option('--note <text>', 'reason, stored with the finding')
    .addOption(urlOption())
    .addOption(tokenOption())
    .action(
      runCommand(async (_signal, findingId, { revision, note, url, token }) =>
        decideFinding({ url, token }, findingId, 'dismissal', {
          revision,
          ...(note !== undefined && { note }),
        }),
      ),
    );

const revisionOption = () =>
  new Option(
    '--revision <number>',
    'revision of the finding that you read: a finding that has changed since is not decided',
  )
    .argParser(integerBetween(1, REVISION_MAX))
    .makeOptionMandatory();

async function decideFinding(
  options: ConnectionOptions,
  findingId: string,
  decision: 'approval' | 'dismissal',
  body: Decision,
): Promise<ExitCode> {
  const client = connect(await resolveConnection(options));
  const { status, lastError } = unwrap(
    await client.POST(`/findings/{findingId}/${decision}`, {
      params: { path: { findingId } },
      body,
    }),
  );
  console.log(`Finding ${findingId} is ${status}.`);
  if (lastError === undefined) return EXIT_CODES.done;
  console.log(lastError);
  return EXIT_CODES.open;
}
