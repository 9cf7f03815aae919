import { parseArgs } from 'node:util';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { Usage } from '../client/where.ts';
import { putBack } from '../put-back.ts';
import { ended } from '../run.ts';

const USAGE = 'usage: npm run restore -- --from RESTORED_TABLE --to TABLE [--dry-run]';
const FAILED = 2;
const TOLD_EVERY_ITEMS = 10_000;

/** Region and credentials are those of the AWS CLI (environment or profile). */
ended(async (signal) => {
  const { from, to, isDry } = argumentsOf();
  let told = 0;
  const { read, same, differing, ...rest } = await putBack(new DynamoDBClient({}), {
    from,
    to,
    isDry,
    signal,
    told: (items) => {
      if (items < told + TOLD_EVERY_ITEMS) return;
      told = items;
      console.error(`${items} items read`);
    },
  }).catch(asUsage);
  console.log(
    `${read} items of ${from}: ${rest.putBack} ${isDry ? 'would be put' : 'put'} back into ${to}, ${same} are there as they were, ${differing} are there and differ (left as they are)`,
  );
  if (!signal.aborted) return 0;
  console.log('Stopped before the end; the same command goes on.');
  return FAILED;
});

/** Where the SDK does not know whom to ask, or as whom, is the caller's to say. */
function asUsage(fault: unknown): never {
  const isUnknown =
    fault instanceof Error &&
    (fault.name === 'CredentialsProviderError' || fault.message === 'Region is missing');
  throw isUnknown
    ? new Usage(`${fault.message}: set AWS_REGION and AWS_PROFILE, as for the AWS CLI`)
    : fault;
}

function argumentsOf() {
  try {
    const { values } = parseArgs({
      options: { from: { type: 'string' }, to: { type: 'string' }, 'dry-run': { type: 'boolean' } },
    });
    const { from, to } = values;
    if (from === undefined || to === undefined) throw new Error('--from and --to name the tables');
    if (from === to) throw new Error('--from and --to are the same table');
    return { from, to, isDry: values['dry-run'] ?? false };
  } catch (fault) {
    throw new Usage(`${fault instanceof Error ? fault.message : fault} (${USAGE})`);
  }
}
