import { parseArgs } from 'node:util';
import { requestLocalToken, TokenError } from '../../local/api/request-local-token.ts';
import { readEndpoints } from '../../local/endpoints-file.ts';
import { UserError } from '../client/connection.ts';
import { runCommand } from '../run-command.ts';

const USAGE = `usage: npm run -s token -- staff [name] | customer [name]
       npm run -s token -- --stage STAGE [--customer] [--machine] [--region REGION] [--no-browser] [--timeout-seconds 300]

Prints an access token: of the Stockbook that runs on this machine, or of a deployed stage, to which it signs in as staff or, with
--customer, as a customer. --machine signs in the stage's client for programs.`;
const NOT_RUNNING =
  'Stockbook is not running here: `npm start` first, and ask for a token in another terminal. For a deployed stage, name it with --stage.';
const STAGE = /^[a-z][a-z0-9-]{0,15}$/;
const TIMEOUT_SECONDS_DEFAULT = 300;
const TIMEOUT_SECONDS_MAX = 3_600;
const SECONDS_PER_MINUTE = 60;

runCommand(async (signal) => {
  const { values, positionals } = argumentsOf();
  if (values.stage === undefined) {
    console.log(await requestTokenHere(values, positionals));
    return 0;
  }
  if (positionals.length > 0)
    throw new UserError(`--stage takes no name: ${positionals.join(' ')} (${USAGE})`);
  if (!STAGE.test(values.stage))
    throw new UserError(`--stage takes the name of a stage, not ${values.stage}`);
  // The AWS SDK takes longer to load than a local token takes.
  const { requestStageToken } = await import('../client/stage-token.ts');
  const { accessToken, expiresInSeconds } = await requestStageToken({
    stage: values.stage,
    caller: values.customer === true ? 'customer' : 'staff',
    isMachine: values.machine === true,
    region: values.region,
    opensBrowser: values['no-browser'] !== true,
    timeoutSeconds: parseTimeoutSeconds(values['timeout-seconds']),
    signal,
  });
  if (expiresInSeconds !== undefined)
    console.error(
      `The token expires in ${Math.round(expiresInSeconds / SECONDS_PER_MINUTE)} minutes.`,
    );
  console.log(accessToken);
  return 0;
});

function argumentsOf() {
  try {
    return parseArgs({
      allowPositionals: true,
      options: {
        stage: { type: 'string' },
        customer: { type: 'boolean' },
        machine: { type: 'boolean' },
        region: { type: 'string' },
        'no-browser': { type: 'boolean' },
        'timeout-seconds': { type: 'string' },
      },
    });
  } catch (error) {
    throw new UserError(`${error instanceof Error ? error.message : error} (${USAGE})`);
  }
}

async function requestTokenHere(
  options: Readonly<Record<string, unknown>>,
  [kind, name, ...rest]: readonly string[],
): Promise<string> {
  if (
    (kind !== 'customer' && kind !== 'staff') ||
    rest.length > 0 ||
    Object.keys(options).length > 0
  )
    throw new UserError(USAGE);
  const endpoints = readEndpoints();
  if (endpoints === undefined) throw new UserError(NOT_RUNNING);
  try {
    return await requestLocalToken(endpoints.aws, { kind, name });
  } catch (error) {
    throw error instanceof TokenError ? new UserError(`${error.message} (${USAGE})`) : error;
  }
}

function parseTimeoutSeconds(given: string | undefined): number {
  const seconds = Number(given ?? TIMEOUT_SECONDS_DEFAULT);
  if (!Number.isInteger(seconds) || seconds < 1 || seconds > TIMEOUT_SECONDS_MAX)
    throw new UserError(
      `--timeout-seconds takes a whole number from 1 to ${TIMEOUT_SECONDS_MAX}, not ${given}`,
    );
  return seconds;
}
