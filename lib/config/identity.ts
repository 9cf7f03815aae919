import type { ContextReader } from './context-reader.ts';
import { keysOf, type Options } from './option.ts';

/**
 * Callback on which `npm run stockbook -- token` listens by default. Cognito accepts http for `localhost` alone, and compares the port.
 * https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_CreateUserPoolClient.html
 */
const LOOPBACK_CALLBACK_URL = 'http://localhost:8765/callback';

export const IDENTITY_OPTIONS = {
  customerIssuer: {
    meaning: "https URL of the OIDC issuer of the customers' tokens; with `customerAudience`",
    fallback: 'a Cognito user pool with self sign-up that the app creates',
  },
  customerAudience: {
    meaning: "audiences that a customer's token may have, separated by commas",
    fallback: 'none',
  },
  staffIssuer: {
    meaning:
      "https URL of the OIDC issuer of the staff's tokens; with `staffAudience`. It may be `customerIssuer` if the audiences differ",
    fallback:
      'a Cognito user pool without self sign-up that the app creates, with a second factor required',
  },
  staffAudience: {
    meaning: 'audiences that a staff token may have, separated by commas',
    fallback: 'none',
  },
  callbackUrls: {
    meaning:
      "URLs to which the customers' user pool may redirect a person after signing in, separated by commas",
    fallback: `\`${LOOPBACK_CALLBACK_URL}\`, for \`npm run stockbook -- token\``,
  },
  staffCallbackUrls: {
    meaning: "the same for the staff's user pool",
    fallback: `\`${LOOPBACK_CALLBACK_URL}\`, for \`npm run stockbook -- token\``,
  },
  machineClients: {
    meaning:
      'user pools that get a client for programs: `staff`, `customer` or `staff,customer`. Cognito charges for each',
    fallback: 'none',
  },
  signUpEmailFrom: {
    meaning:
      "sender of the user pools' mail (codes and invitations). Its domain must be a verified identity of SES in the stage's region",
    fallback: "Cognito's own sender, which sends up to 50 messages a day",
  },
} as const satisfies Options<string>;
export const IDENTITY_KEYS = keysOf(IDENTITY_OPTIONS);

/** Issuer outside the app, and the audiences that its tokens for this API may have. */
export type ExternalIssuer = { readonly url: string; readonly audience: readonly string[] };

export type IdentityConfig = {
  /** External issuer of the customers' tokens; undefined for a Cognito user pool that the app creates. */
  readonly customerIssuer?: ExternalIssuer;
  /** External issuer of the staff's tokens; undefined for a Cognito user pool that the app creates. */
  readonly staffIssuer?: ExternalIssuer;
  /** URLs to which the customers' user pool may redirect after a sign-in. */
  readonly callbackUrls: readonly string[];
  /** URLs to which the staff's user pool may redirect after a sign-in. */
  readonly staffCallbackUrls: readonly string[];
  /** User pools that get a client for programs. */
  readonly machineClients: readonly ('staff' | 'customer')[];
  /** Sender of the user pools' mail; undefined for Cognito's own. */
  readonly signUpEmailFrom?: string;
};

type Reader = ContextReader<keyof typeof IDENTITY_OPTIONS>;

/** Reads who issues the tokens of customers and of staff. */
export function identityConfig(read: Reader): IdentityConfig {
  const customerIssuer = externalIssuer(read, 'customerIssuer', 'customerAudience');
  const staffIssuer = externalIssuer(read, 'staffIssuer', 'staffAudience');
  if (customerIssuer !== undefined && staffIssuer !== undefined)
    requireDistinctAudiences(read, customerIssuer, staffIssuer);
  const machineClients = read.choices('machineClients', ['staff', 'customer']);
  if (customerIssuer !== undefined && machineClients.includes('customer'))
    read.errors.push('machineClients cannot name customer: create the client at customerIssuer');
  if (staffIssuer !== undefined && machineClients.includes('staff'))
    read.errors.push('machineClients cannot name staff: create the client at staffIssuer');
  const sender = /^[^\s@,<>]+@([a-z0-9-]{1,63}\.)+[a-z]{2,63}$/;
  const signUpEmailFrom = read.text('signUpEmailFrom', sender, 'an e-mail address');
  return {
    ...(customerIssuer === undefined ? {} : { customerIssuer }),
    ...(staffIssuer === undefined ? {} : { staffIssuer }),
    callbackUrls: urls(read, 'callbackUrls'),
    staffCallbackUrls: urls(read, 'staffCallbackUrls'),
    machineClients,
    ...(signUpEmailFrom === undefined ? {} : { signUpEmailFrom }),
  };
}

function externalIssuer(
  read: Reader,
  issuerKey: 'customerIssuer' | 'staffIssuer',
  audienceKey: 'customerAudience' | 'staffAudience',
): ExternalIssuer | undefined {
  // API Gateway accepts https issuers only; the issuers of a local runtime are http on the loopback address.
  const url = read.text(issuerKey, /^(https:\/\/|http:\/\/127\.0\.0\.1:)\S+$/, 'an https URL');
  const audience = read.text(
    audienceKey,
    /^[^\s,]+(,[^\s,]+)*$/,
    'one or more audiences separated by commas',
  );
  read.requireBoth(issuerKey, audienceKey);
  return url === undefined || audience === undefined
    ? undefined
    : { url, audience: audience.split(',') };
}

/** One issuer for both classes of callers tells them apart by the audience: without it, only scopes would keep a customer out. */
function requireDistinctAudiences(
  read: Reader,
  customer: ExternalIssuer,
  staff: ExternalIssuer,
): void {
  const withoutSlash = (url: string): string => url.replace(/\/+$/, '');
  if (withoutSlash(customer.url) !== withoutSlash(staff.url)) return;
  const shared = customer.audience.filter((audience) => staff.audience.includes(audience));
  if (shared.length > 0)
    read.errors.push(
      `customerAudience and staffAudience must not share ${shared.join(', ')}: customerIssuer and staffIssuer are the same, ` +
        "so staff routes would accept a customer's token",
    );
}

const urls = (read: Reader, key: 'callbackUrls' | 'staffCallbackUrls'): readonly string[] =>
  (
    read.text(key, /^https?:\/\/[^\s,]+(,https?:\/\/[^\s,]+)*$/, 'URLs separated by commas') ??
    LOOPBACK_CALLBACK_URL
  ).split(',');
