import { CloudFormationClient, DescribeStacksCommand } from '@aws-sdk/client-cloudformation';
import { UserError } from '../../local/errors.ts';

export type StackOutputs = Readonly<Record<string, string>>;
/** AWS region of a command. Undefined for the region of the environment or the profile. */
export type Region = string | undefined;

/**
 * Reads the outputs of one of a stage's stacks, by default `shared`, with the AWS credentials of
 * the environment. Throws a UserError when it cannot.
 */
export async function readStackOutputs(
  stage: string,
  region: Region,
  context = 'shared',
): Promise<StackOutputs> {
  const StackName = `stockbook-${stage}-${context}`;
  const client = new CloudFormationClient(region === undefined ? {} : { region });
  try {
    const { Stacks: [stack] = [] } = await client.send(new DescribeStacksCommand({ StackName }));
    return Object.fromEntries(
      (stack?.Outputs ?? []).map(({ OutputKey = '', OutputValue = '' }) => [
        OutputKey,
        OutputValue,
      ]),
    );
  } catch (error) {
    throw explainAwsError(error, `cannot read the stack ${StackName}`, [
      /does not exist/,
      `there is no stack ${StackName} in this account and region. Deploy the stage, or set AWS_PROFILE and --region.`,
    ]);
  } finally {
    client.destroy();
  }
}

/**
 * Converts an error of the AWS SDK to a UserError with advice. Returns other errors as they are.
 */
export function explainAwsError(
  error: unknown,
  what: string,
  ...known: readonly (readonly [pattern: RegExp, advice: string])[]
): unknown {
  if (!(error instanceof Error)) return error;
  const text = `${error.name}: ${error.message}`;
  const advice = [...known, ...AWS_ADVICE].find(([pattern]) => pattern.test(text));
  if (advice !== undefined)
    return new UserError(`${what[0]?.toUpperCase()}${what.slice(1)}: ${advice[1]}`);
  return '$metadata' in error
    ? new UserError(`${what[0]?.toUpperCase()}${what.slice(1)} (${text})`)
    : error;
}

const AWS_ADVICE: readonly (readonly [pattern: RegExp, advice: string])[] = [
  [/^Error: Region /, 'no valid AWS region is set. Set --region or AWS_REGION.'],
  [
    /^CredentialsProviderError|^TokenProviderError/,
    'there are no AWS credentials. Set AWS_PROFILE, or sign in with `aws sso login`.',
  ],
  [
    /Expired|InvalidClientTokenId|UnrecognizedClient/,
    'the AWS credentials are not valid or have expired. Sign in to AWS again.',
  ],
];
