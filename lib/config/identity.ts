import * as z from 'zod/mini';
import { list, option, optionWithDefault, requireBoth, rule, text } from './option.ts';

/**
 * Callback URL of `npm run stockbook -- token`. Cognito accepts http only for `localhost`, and
 * compares the port.
 * https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_CreateUserPoolClient.html
 */
const LOOPBACK_CALLBACK_URL = 'http://localhost:8765/callback';

// API Gateway accepts https issuers only. The local runtime's issuers use http on the loopback
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
    description:
      "https URL of the OIDC issuer of the customers' tokens. Requires `customerAudience`",
    defaultText: 'a Cognito user pool with self sign-up, which the stack creates',
  }),
  customerAudience: option(audience(), {
    description: "Accepted audiences of customers' tokens, separated by commas",
    defaultText: 'none',
  }),
  staffIssuer: option(issuer(), {
    description:
      "https URL of the OIDC issuer of the staff's tokens. Requires `staffAudience`. It may equal `customerIssuer` if the audiences differ",
    defaultText:
      'a Cognito user pool without self sign-up and with a required second factor, which the stack creates',
  }),
  staffAudience: option(audience(), {
    description: 'Accepted audiences of staff tokens, separated by commas',
    defaultText: 'none',
  }),
  callbackUrls: callbackUrls(
    "URLs to which the customers' user pool may redirect after a sign-in, separated by commas",
  ),
  staffCallbackUrls: callbackUrls(
    "URLs to which the staff's user pool may redirect after a sign-in, separated by commas",
  ),
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
        'User pools with a client for programs: `staff`, `customer` or `staff,customer`. Cognito charges for each client',
      defaultText: 'none',
    },
  ),
  signUpEmailFrom: option(
    text(/^[^\s@,<>]+@([a-z0-9-]{1,63}\.)+[a-z]{2,63}$/, 'an e-mail address'),
    {
      description:
        "Sender of the user pools' e-mails (codes and invitations). Its domain must be a verified SES identity in the stage's region",
      defaultText: "Cognito's own sender, which sends up to 50 e-mails per day",
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
 * Requires different audiences if one issuer serves both classes of callers: otherwise only scopes
 * would keep customers away from staff routes.
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
