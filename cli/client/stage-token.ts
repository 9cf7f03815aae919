import {
  CognitoIdentityProviderClient,
  DescribeUserPoolClientCommand,
} from '@aws-sdk/client-cognito-identity-provider';
import open from 'open';
import { UserError } from '../../local/errors.ts';
import { isLoopback } from './loopback.ts';
import { type AccessToken, signIn, signInWithClientCredentials } from './sign-in.ts';
import {
  explainAwsError,
  type Region,
  readStackOutputs,
  type StackOutputs,
} from './stack-outputs.ts';

export type StageTokenOptions = {
  readonly stage: string;
  readonly caller: 'staff' | 'customer';
  /** Whether a program signs in instead of a person. */
  readonly isMachine: boolean;
  readonly region: Region;
  readonly opensBrowser: boolean;
  readonly timeoutSeconds: number;
  readonly signal: AbortSignal;
};

/**
 * Returns an access token of a deployed stage. Issuer, client and scopes come from the outputs of
 * its stack `shared`. Throws a UserError when the stage has no such client, or when the sign-in
 * fails.
 */
export async function requestStageToken(options: StageTokenOptions): Promise<AccessToken> {
  const { stage, caller, isMachine, region } = options;
  const outputs = await readStackOutputs(stage, region);
  const prefix = caller === 'staff' ? 'Staff' : 'Customer';
  const issuerUrl = outputs[`${prefix}IssuerUrl`];
  if (issuerUrl === undefined)
    throw new UserError(
      `The stack shared of ${stage} has no output ${prefix}IssuerUrl. Deploy this version of Stockbook first.`,
    );
  if (outputs[`${prefix}ClientId`] === undefined)
    throw new UserError(
      `${issuerUrl} issues the ${caller} tokens of ${stage} (${caller}Issuer). Get a token there: this command supports only the user pools of Stockbook.`,
    );
  const output = (name: string): string => outputs[prefix + name] ?? '';
  const scope = output('Scopes');
  return isMachine
    ? signInWithClientCredentials({
        issuerUrl,
        scope,
        ...(await readMachineClient(options, outputs, prefix)),
      })
    : signIn({
        issuerUrl,
        scope,
        clientId: output('ClientId'),
        callbackUrl: loopbackOf(options, output('CallbackUrls')),
        timeoutSeconds: options.timeoutSeconds,
        signal: options.signal,
        showSignInUrl: (url) => showSignInUrl(url, options),
      });
}

function loopbackOf({ stage, caller }: StageTokenOptions, callbackUrls: string): string {
  const loopback = callbackUrls.split(' ').find(isLoopback);
  if (loopback !== undefined) return loopback;
  const key = caller === 'staff' ? 'staffCallbackUrls' : 'callbackUrls';
  throw new UserError(
    `${key} of ${stage} has no loopback URL (only ${callbackUrls}), so a sign-in cannot return to this command. ` +
      'Add http://localhost:8765/callback to it and deploy.',
  );
}

async function readMachineClient(
  { stage, caller, region }: StageTokenOptions,
  outputs: StackOutputs,
  prefix: string,
): Promise<{ readonly clientId: string; readonly secret: string }> {
  const clientId = outputs[`${prefix}MachineClientId`];
  if (clientId === undefined)
    throw new UserError(
      `${stage} has no client for programs of ${caller}. Add ${caller} to machineClients and deploy.`,
    );
  const client = new CognitoIdentityProviderClient(region === undefined ? {} : { region });
  try {
    const { UserPoolClient } = await client.send(
      new DescribeUserPoolClientCommand({
        UserPoolId: outputs[`${prefix}UserPoolId`],
        ClientId: clientId,
      }),
    );
    return { clientId, secret: UserPoolClient?.ClientSecret ?? '' };
  } catch (error) {
    throw explainAwsError(error, `cannot read the secret of the client ${clientId}`, [
      /AccessDenied|NotAuthorized/,
      'the AWS credentials need cognito-idp:DescribeUserPoolClient on the user pool.',
    ]);
  } finally {
    client.destroy();
  }
}

/**
 * Prints the URL on standard error, because the browser may be on another machine, and opens a
 * browser here.
 */
function showSignInUrl(url: string, { opensBrowser, timeoutSeconds }: StageTokenOptions): void {
  console.error(`Sign in within ${timeoutSeconds} s at\n\n  ${url}\n`);
  if (!opensBrowser) return;
  const onError = () => console.error('No browser could be opened. Open the URL yourself.');
  open(url).then((browser) => browser.on('error', onError), onError);
}
