import * as oauth from 'openid-client';
import { UserError } from '../../local/errors.ts';
import { listenForCallback } from './loopback.ts';

export type SignInOptions = {
  readonly issuerUrl: string;
  readonly clientId: string;
  /** Scopes separated by spaces. */
  readonly scope: string;
  /** Loopback URL to which the issuer redirects the browser. */
  readonly callbackUrl: string;
  readonly timeoutSeconds: number;
  readonly signal: AbortSignal;
  /** Opens a browser on the URL, or shows it to the person who signs in. */
  readonly showSignInUrl: (signInUrl: string) => void;
};
export type ClientCredentialsOptions = Pick<SignInOptions, 'issuerUrl' | 'clientId' | 'scope'> & {
  readonly secret: string;
};
export type AccessToken = {
  readonly accessToken: string;
  readonly expiresInSeconds: number | undefined;
};

/**
 * Signs a person in by the authorization code flow with PKCE (S256) and a loopback callback, as RFC
 * 8252 describes for programs without a secret. Throws a UserError when the person or the issuer
 * denies it, and after the timeout.
 */
export async function signIn(options: SignInOptions): Promise<AccessToken> {
  const { issuerUrl, clientId, scope, callbackUrl, timeoutSeconds, signal, showSignInUrl } =
    options;
  const configuration = await discover(issuerUrl, clientId, oauth.None());
  const pkceCodeVerifier = oauth.randomPKCECodeVerifier();
  const expectedState = oauth.randomState();
  const url = oauth.buildAuthorizationUrl(configuration, {
    redirect_uri: callbackUrl,
    scope,
    state: expectedState,
    code_challenge: await oauth.calculatePKCECodeChallenge(pkceCodeVerifier),
    code_challenge_method: 'S256',
  });
  const listener = await listenForCallback(callbackUrl);
  try {
    showSignInUrl(url.href);
    const callback = await listener.waitForCallback(timeoutSeconds, signal);
    try {
      const token = toAccessToken(
        await oauth.authorizationCodeGrant(configuration, callback.url, {
          pkceCodeVerifier,
          expectedState,
        }),
      );
      await callback.respond(200, 'You are signed in. Close this page and return to the terminal.');
      return token;
    } catch (error) {
      const signInError = explainSignInError(error);
      await callback.respond(400, 'The sign-in failed. The terminal shows the reason.');
      throw signInError;
    }
  } finally {
    await listener.close();
  }
}

/** Signs a program in by client credentials. Throws a UserError when the issuer denies it. */
export async function signInWithClientCredentials({
  issuerUrl,
  clientId,
  scope,
  secret,
}: ClientCredentialsOptions): Promise<AccessToken> {
  const configuration = await discover(issuerUrl, clientId, oauth.ClientSecretBasic(secret));
  try {
    return toAccessToken(await oauth.clientCredentialsGrant(configuration, { scope }));
  } catch (error) {
    throw explainSignInError(error);
  }
}

async function discover(
  issuerUrl: string,
  clientId: string,
  authentication: oauth.ClientAuth,
): Promise<oauth.Configuration> {
  // Only an issuer on this machine may be reached without TLS.
  const execute = issuerUrl.startsWith('http://127.0.0.1:') ? [oauth.allowInsecureRequests] : [];
  try {
    return await oauth.discovery(new URL(issuerUrl), clientId, undefined, authentication, {
      execute,
    });
  } catch (error) {
    throw new UserError(`The issuer ${issuerUrl} cannot be reached (${causeOf(error)}).`);
  }
}

const toAccessToken = ({
  access_token: accessToken,
  expires_in,
}: oauth.TokenEndpointResponse): AccessToken => ({
  accessToken,
  expiresInSeconds: expires_in,
});

/** Converts an error of the flow to a UserError. Returns other errors as they are. */
function explainSignInError(error: unknown): unknown {
  if (error instanceof oauth.AuthorizationResponseError)
    return new UserError(
      error.error === 'access_denied'
        ? `The sign-in was denied${formatDescription(error.error_description)}`
        : `The issuer rejected the sign-in: ${error.error}${formatDescription(error.error_description)}`,
    );
  if (error instanceof oauth.ResponseBodyError)
    return new UserError(
      `The issuer returned no token: ${error.error}${formatDescription(error.error_description)}`,
    );
  if (!(error instanceof oauth.ClientError)) return error;
  const cause = causeOf(error);
  return new UserError(
    /"state"/.test(cause)
      ? 'The callback does not belong to this sign-in (wrong state): another page or an older sign-in called it. Run the command again.'
      : `The sign-in failed: ${cause}`,
  );
}

const formatDescription = (description: string | undefined): string =>
  description === undefined ? '' : ` (${description})`;

/** Returns the innermost message of an error: those of the library and of fetch wrap it. */
function causeOf(error: unknown): string {
  let innermost = error;
  while (innermost instanceof Error && innermost.cause instanceof Error)
    innermost = innermost.cause;
  if (!(innermost instanceof Error)) return String(innermost);
  return innermost.message || ('code' in innermost ? String(innermost.code) : innermost.name);
}
