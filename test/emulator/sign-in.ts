/**
 * Gets tokens of a deployed stage's user pools by `stockbook token`, and plays the person with the
 * browser: `node test/emulator/sign-in.ts STAGE CUSTOMER_CLIENT_ID CUSTOMER_POOL_ID
 * STAFF_CLIENT_ID`. Runs in the environment of the emulator. Prints `{"customer": token, "staff":
 * token}`. Fails when a sign-in fails, or when a person can sign up to the staff's pool.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import {
  AdminConfirmSignUpCommand,
  CognitoIdentityProviderClient,
  NotAuthorizedException,
  SignUpCommand,
} from '@aws-sdk/client-cognito-identity-provider';

const ROOT = path.resolve(import.meta.dirname, '../..');
const PRELOAD = path.join(import.meta.dirname, 'python', 'redirect-cognito.cjs');

const [stage = '', customerClientId = '', customerPoolId = '', staffClientId = ''] =
  process.argv.slice(2);
const cognito = new CognitoIdentityProviderClient({});
const password = `Aa1!${randomUUID()}`;
const CUSTOMER = 'customer@shop.example';

const signUp = (ClientId: string, Username: string) =>
  cognito.send(
    new SignUpCommand({
      ClientId,
      Username,
      Password: password,
      UserAttributes: [{ Name: 'email', Value: Username }],
    }),
  );

/** Starts `stockbook token` for the stage. */
const spawnTokenCommand = (
  caller: 'staff' | 'customer',
  ...options: readonly string[]
): ChildProcess =>
  spawn(
    process.execPath,
    [
      '--require',
      PRELOAD,
      path.join(ROOT, 'cli', 'main.ts'),
      'token',
      caller,
      '--stage',
      stage,
      ...options,
    ],
    { cwd: ROOT, stdio: ['ignore', 'pipe', 'pipe'] },
  );

/** Token that a tool prints. Throws when it fails. */
async function readToken(tool: ChildProcess): Promise<string> {
  if (tool.stdout === null) throw new Error('the output of the tool is not read');
  const token = (await text(tool.stdout)).trim();
  if (!/^[\w-]+\.[\w-]+\.[\w-]+$/.test(token))
    throw new Error(`stockbook token printed no token: ${token}`);
  return token;
}

/** URL that the tool asks a person to open. */
function readSignInUrl(tool: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    let printed = '';
    tool.stderr?.setEncoding('utf8').on('data', (chunk: string) => {
      printed += chunk;
      const url = /^ +(https:\S+)$/m.exec(printed)?.[1];
      if (url !== undefined) resolve(url);
    });
    tool.once('close', () =>
      reject(new Error(`stockbook token ended without a sign-in: ${printed}`)),
    );
  });
}

/** Opens the sign-in page, fills in its form, and follows the redirect to the tool's callback. */
async function submitSignIn(signInUrl: string, username: string): Promise<void> {
  const page = await fetch(signInUrl);
  const hidden = [
    ...(await page.text()).matchAll(/<input type="hidden" name="(\w+)" value="([^"]*)">/g),
  ];
  const fields = hidden.map(([, name = '', value = '']): [string, string] => [name, value]);
  const submitted = await fetch(new URL('/login', signInUrl), {
    method: 'POST',
    body: new URLSearchParams([...fields, ['username', username], ['password', password]]),
    redirect: 'manual',
  });
  const callback = submitted.headers.get('location');
  if (callback === null)
    throw new Error(`the sign-in was answered ${submitted.status}, without a redirect`);
  const closing = await fetch(callback);
  if (!closing.ok) throw new Error(`the callback was answered ${closing.status}`);
}

async function getCustomerToken(): Promise<string> {
  await signUp(customerClientId, CUSTOMER);
  // In place of the code in the mail, which the emulator does not send.
  await cognito.send(
    new AdminConfirmSignUpCommand({ UserPoolId: customerPoolId, Username: CUSTOMER }),
  );
  const tool = spawnTokenCommand('customer', '--no-browser');
  const token = readToken(tool);
  await submitSignIn(await readSignInUrl(tool), CUSTOMER);
  return token;
}

/** A program's token: the staff's pool asks a person for a code of an authenticator app. */
async function getStaffToken(): Promise<string> {
  const signUpError = await signUp(staffClientId, 'thief@shop.example').then(
    () => undefined,
    (error: unknown) => error,
  );
  if (!(signUpError instanceof NotAuthorizedException))
    throw new Error('a person can sign up to the user pool of the staff', { cause: signUpError });
  return readToken(spawnTokenCommand('staff', '--machine'));
}

console.log(JSON.stringify({ customer: await getCustomerToken(), staff: await getStaffToken() }));
