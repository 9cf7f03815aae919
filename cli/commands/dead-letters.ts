import { Command, Option } from '@commander-js/extra-typings';
import { UserError } from '../../local/errors.ts';
import { resolveConnection } from '../client/connection.ts';
import { discardMessages, explainMessages, listQueues, redriveMessages } from '../dead-letters.ts';
import { dryRunOption, tokenOption, urlOption } from '../options.ts';
import { runCommand } from '../run-command.ts';

export const createCommand = () =>
  new Command('dead-letters')
    .summary('list, explain, redrive and discard dead letters')
    .description('Shows the messages in dead letter queues, sends them again or deletes them.')
    .addCommand(createListCommand())
    .addCommand(createExplainCommand())
    .addCommand(createRedriveCommand())
    .addCommand(createDiscardCommand());

const createListCommand = () =>
  new Command('list')
    .description('Prints each queue and its number of messages. Exits with 1 when there are any.')
    .addOption(urlOption())
    .addOption(tokenOption())
    .action(runCommand(async (_signal, options) => listQueues(await resolveConnection(options))));

const createExplainCommand = () =>
  new Command('explain')
    .description('Prints each message: why it failed, what happened since, and what to do.')
    .argument('[queue]', 'default: every queue that has messages')
    .addOption(urlOption())
    .addOption(tokenOption())
    .action(
      runCommand(async (_signal, queue, options) =>
        explainMessages(await resolveConnection(options), queue),
      ),
    );

const createRedriveCommand = () =>
  new Command('redrive')
    .description(
      'Sends messages to their consumer again: all that are still useful, or those that --id names.',
    )
    .argument('<queue>')
    .addOption(messageIdOption('message to send, instead of all that are useful (repeatable)'))
    .addOption(
      new Option('--verdict <verdict>', 'with --id: the verdict that `explain` printed for them')
        .choices(['useful', 'harmless', 'superseded'] as const)
        .default('useful' as const),
    )
    .addOption(dryRunOption('print what would be sent'))
    .addOption(urlOption())
    .addOption(tokenOption())
    .action(
      runCommand(async (_signal, queue, { id: ids, verdict, dryRun = false, url, token }) =>
        redriveMessages(await resolveConnection({ url, token }), queue, {
          ids,
          isDryRun: dryRun,
          verdict,
        }),
      ),
    );

const createDiscardCommand = () =>
  new Command('discard')
    .description('Deletes messages after it has written them to discarded-<queue>.jsonl.')
    .argument('<queue>')
    .addOption(messageIdOption('message to delete (repeatable)').conflicts('all'))
    .option('--all', 'delete every message of the queue')
    .addOption(dryRunOption('print what would be deleted'))
    .addOption(urlOption())
    .addOption(tokenOption())
    .action(
      runCommand(async (_signal, queue, { id: ids, all, dryRun = false, url, token }) => {
        if (ids === undefined && all !== true)
          throw new UserError('Name messages with --id, or all of the queue with --all.');
        const connection = await resolveConnection({ url, token });
        return discardMessages(connection, queue, { ids, isDryRun: dryRun });
      }),
    );

const messageIdOption = (description: string) =>
  new Option('--id <message-id>', description).argParser(
    (id: string, earlier: readonly string[] | undefined): readonly string[] => [
      ...(earlier ?? []),
      id,
    ],
  );
