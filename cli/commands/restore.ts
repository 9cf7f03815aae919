import { parseArgs } from 'node:util';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { UserError } from '../client/connection.ts';
import { restoreItems } from '../restore-items.ts';
import { runCommand } from '../run-command.ts';

const USAGE = 'usage: npm run restore -- --from RESTORED_TABLE --to TABLE [--dry-run]';
const FAILED = 2;
const PROGRESS_ITEMS = 10_000;

/** Region and credentials are those of the AWS CLI (environment or profile). */
runCommand(async (signal) => {
  const { from, to, isDryRun } = argumentsOf();
  let printedItems = 0;
  const { read, identical, different, ...rest } = await restoreItems(new DynamoDBClient({}), {
    from,
    to,
    isDryRun,
    signal,
    onProgress: (items) => {
      if (items < printedItems + PROGRESS_ITEMS) return;
      printedItems = items;
      console.error(`${items} items read`);
    },
  }).catch(explainClientError);
  console.log(
    `${read} items of ${from}: ${rest.restored} ${isDryRun ? 'would be put' : 'put'} back into ${to}, ${identical} are there as they were, ${different} are there and differ (left as they are)`,
  );
  if (!signal.aborted) return 0;
  console.log('Stopped before the end; the same command goes on.');
  return FAILED;
});

/** Where the SDK does not know whom to ask, or as whom, is the caller's to say. */
function explainClientError(error: unknown): never {
  const isUnknown =
    error instanceof Error &&
    (error.name === 'CredentialsProviderError' || error.message === 'Region is missing');
  throw isUnknown
    ? new UserError(`${error.message}: set AWS_REGION and AWS_PROFILE, as for the AWS CLI`)
    : error;
}

function argumentsOf() {
  try {
    const { values } = parseArgs({
      options: { from: { type: 'string' }, to: { type: 'string' }, 'dry-run': { type: 'boolean' } },
    });
    const { from, to } = values;
    if (from === undefined || to === undefined) throw new Error('--from and --to name the tables');
    if (from === to) throw new Error('--from and --to are the same table');
    return { from, to, isDryRun: values['dry-run'] ?? false };
  } catch (error) {
    throw new UserError(`${error instanceof Error ? error.message : error} (${USAGE})`);
  }
}
