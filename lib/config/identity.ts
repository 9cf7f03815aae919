import * as z from 'zod/mini';
import { list, option, optionWithDefault, requireBoth, rule, text } from './option.ts';

/**
 * Callback on which `npm run stockbook -- token` listens by default. Cognito accepts http for
 * `localhost` alone, and compares the port.
 * https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_CreateUserPoolClient.html
 */
const LOOPBACK_CALLBACK_URL = 'http://localhost:8765/callback';

// API Gateway accepts https issuers only; the issuers of a local runtime are http on the loopback
// address.
const issuer = () => text(/^(https:\/\/|http:\/\/127\.0\.0\.1:)\S+$/, 'an https URL');
const audience = () => list(/^[^\s,]+(,[^\s,]+)*$/, 'one or more audiences separated by commas');
const callbackUrls = (description: string) =>
  optionWithDefault(
    list(/^https?:\/\/[^\s,]+(,https?:\/\/[^\s,]+)*$/, 'URLs separated by commas'),
    [LOOPBACK_CALLBACK_URL],
    {
      description,
      defaultText: `\`${LOOPBACK_CALLBACK_URL}\`, for \`npm run stockbook -- token\``,
    },
  );

export const IDENTITY_OPTIONS = {
  customerIssuer: option(issuer(), {
    description: "https URL of the OIDC issuer of the customers' tokens; with `customerAudience`",
    defaultText: 'a Cognito user pool with self sign-up that the app creates',
  }),
  customerAudience: option(audience(), {
    description: "audiences that a customer's token may have, separated by commas",
    defaultText: 'none',
  }),
  staffIssuer: option(issuer(), {
    description:
      "https URL of the OIDC issuer of the staff's tokens; with `staffAudience`. It may be `customerIssuer` if the audiences differ",
    defaultText:
      'a Cognito user pool without self sign-up that the app creates, with a second factor required',
  }),
  staffAudience: option(audience(), {
    description: 'audiences that a staff token may have, separated by commas',
    defaultText: 'none',
  }),
  callbackUrls: callbackUrls(
    "URLs to which the customers' user pool may redirect a person after signing in, separated by commas",
  ),
  staffCallbackUrls: callbackUrls("the same for the staff's user pool"),
  machineClients: optionWithDefault(
    z.pipe(
      list(
        /^(staff|customer)(,(staff|customer))*$/,
        'one or more of staff, customer, separated by commas',
      ),
      z.array(z.enum(['staff', 'customer'])),
    ),
    [],
    {
      description:
        'user pools that get a client for programs: `staff`, `customer` or `staff,customer`. Cognito charges for each',
      defaultText: 'none',
    },
  ),
  signUpEmailFrom: option(
    text(/^[^\s@,<>]+@([a-z0-9-]{1,63}\.)+[a-z]{2,63}$/, 'an e-mail address'),
    {
      description:
        "sender of the user pools' mail (codes and invitations). Its domain must be a verified identity of SES in the stage's region",
      defaultText: "Cognito's own sender, which sends up to 50 messages a day",
    },
  ),
};

type IdentityOptions = z.output<z.ZodMiniObject<typeof IDENTITY_OPTIONS>>;

/** Rejects a machine client for an external issuer. */
const machineClientNeedsUserPool = (
  caller: 'customer' | 'staff',
  issuerKey: 'customerIssuer' | 'staffIssuer',
) =>
  rule<IdentityOptions>(['machineClients', issuerKey], (options) =>
    options[issuerKey] !== undefined && options.machineClients.includes(caller)
      ? `machineClients cannot name ${caller}: create the client at ${issuerKey}`
      : undefined,
  );

/**
 * One issuer for both classes of callers distinguishes them by the audience: otherwise only scopes
 * would keep a customer out.
 */
const requireDistinctAudiences = rule<IdentityOptions>(
  ['customerIssuer', 'customerAudience', 'staffIssuer', 'staffAudience'],
  ({ customerIssuer, customerAudience = [], staffIssuer, staffAudience = [] }) => {
    const withoutSlash = (url = ''): string => url.replace(/\/+$/, '');
    if (withoutSlash(customerIssuer) !== withoutSlash(staffIssuer)) return undefined;
    const shared = customerAudience.filter((audience) => staffAudience.includes(audience));
    return shared.length === 0
      ? undefined
      : `customerAudience and staffAudience must not share ${shared.join(', ')}: customerIssuer and staffIssuer are the same, ` +
          "so staff routes would accept a customer's token";
  },
);

export const IDENTITY_RULES = [
  requireBoth<IdentityOptions>('customerIssuer', 'customerAudience'),
  requireBoth<IdentityOptions>('staffIssuer', 'staffAudience'),
  machineClientNeedsUserPool('customer', 'customerIssuer'),
  machineClientNeedsUserPool('staff', 'staffIssuer'),
  requireDistinctAudiences,
];
