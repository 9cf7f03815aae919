import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { Command } from '@commander-js/extra-typings';
import { UserError } from '../../local/errors.ts';
import { dryRunOption } from '../options.ts';
import { restoreItems } from '../restore-items.ts';
import { EXIT_CODES, runCommand } from '../run-command.ts';

const PROGRESS_ITEMS = 10_000;

export const createCommand = () =>
  new Command('restore-items')
    .summary('copy items that a table lost back from a restored table')
    .description(
      'Copies the items that a table lacks from a restored table. Overwrites nothing. Uses the region and the credentials of the AWS CLI.',
    )
    .requiredOption('--from <table>', 'restored table')
    .requiredOption('--to <table>', 'table that lacks items')
    .addOption(dryRunOption('count the items and write nothing'))
    .action(
      runCommand(async (signal, { from, to, dryRun: isDryRun = false }) => {
        if (from === to) throw new UserError('--from and --to name the same table.');
        let printedItems = 0;
        const { read, identical, different, restored } = await restoreItems(
          new DynamoDBClient({}),
          {
            from,
            to,
            isDryRun,
            signal,
            onProgress: (items) => {
              if (items < printedItems + PROGRESS_ITEMS) return;
              printedItems = items;
              console.error(`${items} items read`);
            },
          },
        ).catch(explainClientError);
        console.log(
          `${read} items of ${from}: ${restored} ${isDryRun ? 'would be restored' : 'restored'} to ${to}, ${identical} identical, ${different} different (left as they are)`,
        );
        if (!signal.aborted) return EXIT_CODES.done;
        console.log('Stopped before the end. Run the same command again to continue.');
        return EXIT_CODES.error;
      }),
    );

/**
 * Throws a UserError where the SDK has no region or no credentials, and any other error as it is.
 */
function explainClientError(error: unknown): never {
  const isUnconfigured =
    error instanceof Error &&
    (error.name === 'CredentialsProviderError' || error.message === 'Region is missing');
  throw isUnconfigured
    ? new UserError(`${error.message}. Set AWS_REGION and AWS_PROFILE, as for the AWS CLI.`)
    : error;
}
