import { createServer } from 'node:http';
import { decodeJwt } from 'jose';
import { describe, expect, onTestFinished, test } from 'vitest';
import { isLoopback } from '../../../cli/client/loopback.ts';
import {
  type SignInOptions,
  signIn,
  signInWithClientCredentials,
} from '../../../cli/client/sign-in.ts';
import { UserError } from '../../../local/errors.ts';
import { findFreePort } from '../../../local/ports.ts';
import { type OidcServer, startOidcServer } from '../../support/e2e/oidc-server.ts';

const SCOPES = ['stockbook/orders.manage', 'stockbook/operations'];
const SECRET = 'secret of the client: +/&';

async function setUp(options: { readonly isDenied?: boolean } = {}) {
  const callbackUrl = `http://localhost:${await findFreePort()}/callback`;
  const server = await startOidcServer(
    [
      { id: 'people', callbackUrls: [callbackUrl], scopes: SCOPES },
      { id: 'machine', secret: SECRET, callbackUrls: [], scopes: SCOPES },
    ],
    options,
  );
  onTestFinished(server.stop);
  return { server, callbackUrl };
}

type SetUp = { readonly server: OidcServer; readonly callbackUrl: string };
/** Last page that a browser shows. */
type Page = { readonly status: number; readonly text: string };

/** Follows redirects like a browser. `change` modifies each URL first. */
async function followRedirects(
  start: string,
  change: (url: URL) => void = () => undefined,
): Promise<Page> {
  let url = new URL(start);
  for (;;) {
    change(url);
    const response = await fetch(url, { redirect: 'manual' });
    const next = response.headers.get('location');
    if (next === null) return { status: response.status, text: await response.text() };
    url = new URL(next, url);
  }
}

/** Creates a browser that is opened once. */
function createBrowser(change?: (url: URL) => void) {
  const { promise, resolve } = Promise.withResolvers<Page>();
  return { show: (url: string) => resolve(followRedirects(url, change)), page: promise };
}

const signInAtServer = ({ server, callbackUrl }: SetUp, over: Partial<SignInOptions> = {}) =>
  signIn({
    issuerUrl: server.issuerUrl,
    clientId: 'people',
    scope: SCOPES.join(' '),
    callbackUrl,
    timeoutSeconds: 30,
    signal: new AbortController().signal,
    showSignInUrl: createBrowser().show,
    ...over,
  });

describe('a person', () => {
  test('signs in by code and PKCE, and the browser shows the result', async () => {
    const { server, callbackUrl } = await setUp();
    const { show, page } = createBrowser();
    let shown = new URL('http://localhost');

    const { accessToken, expiresInSeconds } = await signInAtServer(
      { server, callbackUrl },
      {
        showSignInUrl: (url) => {
          shown = new URL(url);
          show(url);
        },
      },
    );

    expect(decodeJwt(accessToken)).toMatchObject({
      iss: server.issuerUrl,
      client_id: 'people',
      scope: SCOPES.join(' '),
    });
    expect(expiresInSeconds).toBe(3_600);
    expect(Object.fromEntries(shown.searchParams)).toEqual({
      response_type: 'code',
      client_id: 'people',
      redirect_uri: callbackUrl,
      scope: SCOPES.join(' '),
      state: expect.stringMatching(/^[\w-]{43}$/),
      code_challenge: expect.stringMatching(/^[\w-]{43}$/),
      code_challenge_method: 'S256',
    });
    expect(await page).toEqual({
      status: 200,
      text: 'You are signed in. Close this page and return to the terminal.\n',
    });
    expect(server.log).toEqual(['authorize granted', 'token authorization_code']);
  });

  test('has a new state and a new challenge for each sign-in', async () => {
    const setUpOnce = await setUp();
    const shown: string[] = [];
    const showSignInUrl = (url: string) => {
      shown.push(url);
      createBrowser().show(url);
    };

    await signInAtServer(setUpOnce, { showSignInUrl });
    await signInAtServer(setUpOnce, { showSignInUrl });

    const values = shown.flatMap((url) => {
      const { searchParams } = new URL(url);
      return [searchParams.get('state'), searchParams.get('code_challenge')];
    });
    expect(new Set(values).size).toBe(4);
  });

  test('gets no token for a code of another challenge, which the server verifies', async () => {
    const { server, callbackUrl } = await setUp();
    const change = (url: URL) => {
      if (url.searchParams.has('code_challenge'))
        url.searchParams.set('code_challenge', 'A'.repeat(43));
    };

    const { show: showSignInUrl, page } = createBrowser(change);

    await expect(signInAtServer({ server, callbackUrl }, { showSignInUrl })).rejects.toThrow(
      new UserError('The issuer returned no token: invalid_grant (wrong code_verifier)'),
    );
    expect(await page).toEqual({
      status: 400,
      text: 'The sign-in failed. The terminal shows the reason.\n',
    });
  });

  test.each([
    ['another state', (url: URL) => url.searchParams.set('state', 'another')],
    ['no state', (url: URL) => url.searchParams.delete('state')],
  ])('gets no token for a callback with %s, and its code is not used', async (_name, spoil) => {
    const { server, callbackUrl } = await setUp();
    const change = (url: URL) => {
      if (url.searchParams.has('code')) spoil(url);
    };

    const { show: showSignInUrl, page } = createBrowser(change);

    await expect(signInAtServer({ server, callbackUrl }, { showSignInUrl })).rejects.toThrow(
      new UserError(
        'The callback does not belong to this sign-in (wrong state): another page or an older sign-in called it. Run the command again.',
      ),
    );
    expect((await page).status).toBe(400);
    expect(server.log).toEqual(['authorize granted']);
  });

  test('who denies the sign-in gets one line', async () => {
    await expect(signInAtServer(await setUp({ isDenied: true }))).rejects.toThrow(
      new UserError('The sign-in was denied (User denied access)'),
    );
  });

  test('sees any other error of the issuer', async () => {
    await expect(signInAtServer(await setUp(), { scope: 'stockbook/stock.write' })).rejects.toThrow(
      new UserError(
        'The issuer rejected the sign-in: invalid_scope (the client has no scope stockbook/stock.write)',
      ),
    );
  });

  test('has a limited time', async () => {
    await expect(
      signInAtServer(await setUp(), { timeoutSeconds: 0.05, showSignInUrl: () => undefined }),
    ).rejects.toThrow(new UserError('No sign-in within 0.05 s. Run the command again.'));
  });

  test('can stop the sign-in', async () => {
    const stopped = new AbortController();

    await expect(
      signInAtServer(await setUp(), {
        signal: stopped.signal,
        showSignInUrl: () => stopped.abort(),
      }),
    ).rejects.toThrow(new UserError('Stopped before the sign-in.'));
  });

  test('sees that the port of the callback is in use', async () => {
    const { server, callbackUrl } = await setUp();
    const { port } = new URL(callbackUrl);
    const other = createServer().listen(Number(port), '127.0.0.1');
    await new Promise((resolve) => other.once('listening', resolve));
    onTestFinished(() => void other.close());

    await expect(signInAtServer({ server, callbackUrl })).rejects.toThrow(
      new UserError(
        `Cannot listen on ${callbackUrl}: port ${port} is in use. Stop the other program, or put another loopback URL first among the stage's callback URLs.`,
      ),
    );
  });

  test('sees that the issuer cannot be reached', async () => {
    const issuerUrl = `http://127.0.0.1:${await findFreePort()}/pool`;

    await expect(signInAtServer(await setUp(), { issuerUrl })).rejects.toThrow(
      `The issuer ${issuerUrl} cannot be reached (`,
    );
  });

  test('may use a browser that requests other pages first', async () => {
    const { server, callbackUrl } = await setUp();
    const other = new URL('/favicon.ico', callbackUrl);
    const statuses: number[] = [];

    const { accessToken } = await signInAtServer(
      { server, callbackUrl },
      {
        showSignInUrl: async (url) => {
          statuses.push((await fetch(other)).status);
          statuses.push((await fetch(callbackUrl, { method: 'POST' })).status);
          await followRedirects(url);
        },
      },
    );

    expect(statuses).toEqual([404, 404]);
    expect(accessToken).not.toBe('');
  });

  test('leaves no open port', async () => {
    const { server, callbackUrl } = await setUp();

    await signInAtServer({ server, callbackUrl });

    await expect(fetch(callbackUrl)).rejects.toThrow('fetch failed');
  });
});

describe('a program', () => {
  const machine = async (secret: string, scope = SCOPES.join(' ')) => {
    const { server } = await setUp();
    return signInWithClientCredentials({
      issuerUrl: server.issuerUrl,
      clientId: 'machine',
      secret,
      scope,
    });
  };

  test('signs in with its secret', async () => {
    const { accessToken } = await machine(SECRET);

    expect(decodeJwt(accessToken)).toMatchObject({ client_id: 'machine', scope: SCOPES.join(' ') });
  });

  test('gets no token for a wrong secret, or for a scope that its client does not have', async () => {
    await expect(machine('wrong')).rejects.toThrow(
      new UserError('The issuer returned no token: invalid_client (wrong client or secret)'),
    );
    await expect(machine(SECRET, 'stockbook/orders')).rejects.toThrow(
      new UserError(
        'The issuer returned no token: invalid_scope (the client has no scope stockbook/orders)',
      ),
    );
  });
});

test.each([
  ['http://localhost:8765/callback', true],
  ['http://127.0.0.1:8765/callback', true],
  ['http://[::1]:8765/callback', true],
  ['https://localhost:8765/callback', false],
  ['http://localhost.example:8765/callback', false],
  ['https://shop.example/in', false],
  ['localhost', false],
])('%s is a loopback URL: %s', (url, expected) => {
  expect(isLoopback(url)).toBe(expected);
});
