import { type ChildProcess, spawn } from 'node:child_process';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { decodeJwt } from 'jose';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { findFreePort } from '../../../local/ports.ts';
import { type OidcServer, startOidcServer } from '../../support/e2e/oidc-server.ts';
import { type AwsDouble, startAwsDouble } from '../../support/http/aws-responses.ts';

/**
 * CLI whose `token` command runs as a process, with an authorization server of the tests and
 * doubles of CloudFormation and Cognito.
 */

const CLI = fileURLToPath(new URL('../../../cli/main.ts', import.meta.url));
const SECRET = 'the secret of the machine client';
const STAFF_SCOPES = ['stockbook/orders.manage', 'stockbook/operations'];

let issuer: OidcServer;
let aws: AwsDouble;
beforeAll(async () => {
  const loopback = `http://localhost:${await findFreePort()}/callback`;
  issuer = await startOidcServer([
    { id: 'staff-people', callbackUrls: [loopback], scopes: STAFF_SCOPES },
    { id: 'customer-people', callbackUrls: [loopback], scopes: ['stockbook/orders'] },
    { id: 'staff-machine', secret: SECRET, callbackUrls: [], scopes: STAFF_SCOPES },
  ]);
  const outputs = {
    StaffIssuerUrl: issuer.issuerUrl,
    StaffClientId: 'staff-people',
    StaffUserPoolId: 'eu-west-1_Staff',
    StaffScopes: STAFF_SCOPES.join(' '),
    StaffCallbackUrls: `https://warehouse.example/in ${loopback}`,
    StaffMachineClientId: 'staff-machine',
    CustomerIssuerUrl: issuer.issuerUrl,
    CustomerClientId: 'customer-people',
    CustomerUserPoolId: 'eu-west-1_Customer',
    CustomerScopes: 'stockbook/orders',
    CustomerCallbackUrls: loopback,
  };
  aws = await startAwsDouble(
    {
      'stockbook-prod-shared': outputs,
      'stockbook-away-shared': { ...outputs, StaffCallbackUrls: 'https://warehouse.example/in' },
      'stockbook-external-shared': {
        StaffIssuerUrl: 'https://issuer.example',
        CustomerIssuerUrl: 'x',
      },
      'stockbook-secretless-shared': { ...outputs, StaffMachineClientId: 'another' },
      'stockbook-old-shared': { UserPoolId: 'eu-west-1_Old' },
    },
    { 'staff-machine': SECRET },
  );
});
afterAll(async () => {
  await aws.stop();
  await issuer.stop();
});

const startToken = (
  options: readonly string[],
  environment: Readonly<Record<string, string>> = {},
): ChildProcess =>
  spawn(process.execPath, [CLI, 'token', ...options], {
    cwd: path.dirname(CLI),
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      AWS_ENDPOINT_URL: aws.url,
      AWS_REGION: 'eu-west-1',
      AWS_ACCESS_KEY_ID: 'test',
      AWS_SECRET_ACCESS_KEY: 'test',
      AWS_CONFIG_FILE: '/dev/null',
      AWS_SHARED_CREDENTIALS_FILE: '/dev/null',
      AWS_EC2_METADATA_DISABLED: 'true',
      ...environment,
    },
  });

type ProcessResult = {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
};

/** Waits for the end of the process, and opens the URL that it prints. */
async function waitForExit(tool: ChildProcess): Promise<ProcessResult> {
  let [stdout, stderr, isBrowsed] = ['', '', false];
  tool.stdout?.on('data', (chunk) => {
    stdout += String(chunk);
  });
  tool.stderr?.on('data', (chunk) => {
    stderr += String(chunk);
    const url = /^ {2}(http\S+)\n/m.exec(stderr)?.[1];
    if (url === undefined || isBrowsed) return;
    isBrowsed = true;
    void fetch(url);
  });
  const code = await new Promise<number | null>((resolve) => {
    tool.once('close', resolve);
  });
  return { code, stdout, stderr };
}

const runToken = (...options: readonly string[]) => waitForExit(startToken(options));

describe('stockbook token --stage', () => {
  test('prints only the token on standard output', async () => {
    const { code, stdout, stderr } = await runToken('staff', '--stage', 'prod', '--no-browser');

    expect({ code, lines: stdout.split('\n').length }).toEqual({ code: 0, lines: 2 });
    expect(decodeJwt(stdout.trim())).toMatchObject({
      client_id: 'staff-people',
      scope: STAFF_SCOPES.join(' '),
    });
    expect(stderr).toContain('Sign in within 300 s at');
    expect(stderr).toContain('The token expires in 60 minutes.');
    expect(stderr).not.toContain(stdout.trim());
  });

  test('signs in a customer', async () => {
    const { code, stdout } = await runToken('customer', '--stage', 'prod', '--no-browser');

    expect(code).toBe(0);
    expect(decodeJwt(stdout.trim())).toMatchObject({
      client_id: 'customer-people',
      scope: 'stockbook/orders',
    });
  });

  test('signs in a program with --machine by the secret from Cognito, and prints no secret', async () => {
    const { code, stdout, stderr } = await runToken('staff', '--stage', 'prod', '--machine');

    expect(code).toBe(0);
    expect(decodeJwt(stdout.trim())).toMatchObject({
      client_id: 'staff-machine',
      scope: STAFF_SCOPES.join(' '),
    });
    expect(stdout + stderr).not.toContain(SECRET);
  });

  test.each<[name: string, options: readonly string[], message: RegExp]>([
    [
      'a stage that does not exist',
      ['staff', '--stage', 'trial'],
      /^Cannot read the stack stockbook-trial-shared: there is no stack stockbook-trial-shared in this account and region\. Deploy the stage, or set AWS_PROFILE and --region\.$/,
    ],
    [
      'credentials that have expired',
      ['staff', '--stage', 'expired'],
      /^Cannot read the stack stockbook-expired-shared: the AWS credentials are not valid or have expired\. Sign in to AWS again\.$/,
    ],
    [
      'a stage that was deployed by an earlier version',
      ['staff', '--stage', 'old'],
      /^The stack shared of old has no output StaffIssuerUrl\. Deploy this version of Stockbook first\.$/,
    ],
    [
      'an external issuer',
      ['staff', '--stage', 'external'],
      /^https:\/\/issuer\.example issues the staff tokens of external \(staffIssuer\)\. Get a token there: this command supports only the user pools of Stockbook\.$/,
    ],
    [
      'a stage without a loopback callback',
      ['staff', '--stage', 'away'],
      /^staffCallbackUrls of away has no loopback URL \(only https:\/\/warehouse\.example\/in\), so a sign-in cannot return to this command\. Add http:\/\/localhost:8765\/callback to it and deploy\.$/,
    ],
    [
      'a stage without a client for programs',
      ['customer', '--stage', 'prod', '--machine'],
      /^prod has no client for programs of customer\. Add customer to machineClients and deploy\.$/,
    ],
    [
      'credentials that may not read the secret',
      ['staff', '--stage', 'secretless', '--machine'],
      /^Cannot read the secret of the client another: the AWS credentials need cognito-idp:DescribeUserPoolClient on the user pool\.$/,
    ],
    [
      'a bad stage',
      ['staff', '--stage', 'Prod;x'],
      /^error: option '--stage <stage>' argument 'Prod;x' is invalid\. A stage starts with a lower-case letter/,
    ],
    [
      'a bad timeout',
      ['staff', '--stage', 'prod', '--timeout-seconds', '0'],
      /argument '0' is invalid\. It must be a whole number from 1 to 3600\./,
    ],
    ['a name with a stage', ['staff', '--stage', 'prod', 'alice'], /^--stage takes no name/],
    ['an unknown option', ['staff', '--stag', 'prod'], /^error: unknown option '--stag'/],
    ['no arguments', [], /^error: missing required argument 'caller'$/m],
    ['an option of a stage for this machine', ['staff', '--machine'], /need --stage\.$/],
  ])('ends with one message for %s', async (_name, options, message) => {
    const { code, stdout, stderr } = await runToken(...options);

    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr.trim()).toMatch(message);
  });

  test('names a missing region and missing credentials', async () => {
    const noRegion = await waitForExit(
      startToken(['staff', '--stage', 'prod'], { AWS_REGION: '' }),
    );
    const noCredentials = await waitForExit(
      startToken(['staff', '--stage', 'prod'], { AWS_ACCESS_KEY_ID: '' }),
    );

    expect(noRegion.stderr.trim()).toBe(
      'Cannot read the stack stockbook-prod-shared: no valid AWS region is set. Set --region or AWS_REGION.',
    );
    expect(noCredentials.stderr.trim()).toBe(
      'Cannot read the stack stockbook-prod-shared: there are no AWS credentials. Set AWS_PROFILE, or sign in with `aws sso login`.',
    );
  });

  test('fails after the timeout', async () => {
    const tool = startToken(['staff', '--stage', 'prod', '--no-browser', '--timeout-seconds', '1']);
    let stderr = '';
    tool.stderr?.on('data', (chunk) => {
      stderr += String(chunk);
    });

    const code = await new Promise((resolve) => {
      tool.once('close', resolve);
    });

    expect(code).toBe(2);
    expect(stderr).toContain('No sign-in within 1 s. Run the command again.');
  });
});
