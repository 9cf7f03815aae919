import { Aws, CfnOutput, Stack, Validations } from 'aws-cdk-lib';
import {
  Mfa,
  OAuthScope,
  ResourceServerScope,
  UserPool,
  type UserPoolClient,
  UserPoolEmail,
} from 'aws-cdk-lib/aws-cognito';
import { Construct } from 'constructs';
import { type CallerClass, SCOPES, type Scope } from '../../../lambdas/contracts/access.ts';
import type { Config } from '../../config.ts';

/** Issuer of the tokens of one class of callers. */
export interface TokenIssuer {
  readonly url: string;
  readonly audience: readonly string[];
}
export type TokenIssuers = Readonly<Record<CallerClass, TokenIssuer>>;

const RESOURCE_SERVER = 'stockbook';
/** Returns a scope as a user pool writes it, after the identifier of its resource server. */
const toUserPoolScope = (scope: string): string => `${RESOURCE_SERVER}/${scope}`;
/**
 * Returns the forms of a scope in a token: that of an external issuer and that of a user pool. An
 * external issuer may be the user pool of another stage, so every route accepts both.
 */
export const acceptedScopesFor = (scope: Scope): readonly string[] => [
  scope,
  toUserPoolScope(scope),
];

/** Prefix of the names of constructs and outputs. */
export const ID_PREFIXES: Readonly<Record<CallerClass, string>> = {
  customer: 'Customer',
  staff: 'Staff',
};

/** Creates a user pool for each class of callers that has no external issuer. */
export function createTokenIssuers(scope: Construct, config: Config): TokenIssuers {
  const issuerOf = (
    callerClass: CallerClass,
    url: string | undefined,
    audience: readonly string[] = [],
  ): TokenIssuer => {
    const issuer =
      url === undefined
        ? new UserPoolIssuer(scope, `${ID_PREFIXES[callerClass]}Pool`, { callerClass, config })
        : { url, audience };
    new CfnOutput(Stack.of(scope), `${ID_PREFIXES[callerClass]}IssuerUrl`, { value: issuer.url });
    return issuer;
  };
  return {
    customer: issuerOf('customer', config.customerIssuer, config.customerAudience),
    staff: issuerOf('staff', config.staffIssuer, config.staffAudience),
  };
}

/**
 * Only an administrator creates staff, and staff set up an authenticator app at their first
 * sign-in.
 * https://docs.aws.amazon.com/cognito/latest/developerguide/user-pool-settings-mfa.html
 */
const SIGN_IN_SETTINGS = {
  customer: { selfSignUpEnabled: true, mfa: Mfa.OPTIONAL },
  staff: { selfSignUpEnabled: false, mfa: Mfa.REQUIRED },
} as const;

type UserPoolIssuerProps = { readonly callerClass: CallerClass; readonly config: Config };

/**
 * A user pool for one class of callers. People sign in by the authorization code flow, programs by
 * client credentials. Cognito grants a scope to an app client and not to a user, so each client of
 * the pool has only scopes that every user of the pool may have.
 * https://docs.aws.amazon.com/cognito/latest/developerguide/cognito-user-pools-define-resource-servers.html
 */
class UserPoolIssuer extends Construct implements TokenIssuer {
  readonly url: string;
  readonly audience: readonly string[];

  constructor(scope: Construct, id: string, { callerClass, config }: UserPoolIssuerProps) {
    super(scope, id);
    const pool = new UserPool(this, 'Users', {
      ...SIGN_IN_SETTINGS[callerClass],
      mfaSecondFactor: { otp: true, sms: false },
      signInAliases: { email: true },
      autoVerify: { email: true },
      passwordPolicy: {
        minLength: 12,
        requireLowercase: true,
        requireUppercase: true,
        requireDigits: true,
        requireSymbols: true,
      },
      ...(config.signUpEmailFrom === undefined ? {} : { email: sesEmail(config.signUpEmailFrom) }),
      deletionProtection: config.deletionProtection,
      removalPolicy: config.removalPolicy,
    });
    if (callerClass === 'customer')
      Validations.of(pool).acknowledge({
        id: 'AwsSolutions-COG2',
        reason:
          'A second factor is optional for customers: requiring it would make some of them leave the shop.',
      });
    Validations.of(pool).acknowledge({
      id: 'AwsSolutions-COG8',
      reason:
        'Threat protection needs a paid plan. Enable it on the pool, or configure an external issuer that has it.',
    });
    const domain = pool.addDomain('Domain', {
      cognitoDomain: { domainPrefix: `stockbook-${config.stage}-${Aws.ACCOUNT_ID}-${callerClass}` },
    });

    const scopes = Object.entries(SCOPES[callerClass]).map(
      ([scopeName, scopeDescription]) => new ResourceServerScope({ scopeName, scopeDescription }),
    );
    const server = pool.addResourceServer('Api', { identifier: RESOURCE_SERVER, scopes });
    const oauthScopes = scopes.map((of) => OAuthScope.resourceServer(server, of));
    const callbackUrls = callerClass === 'staff' ? config.staffCallbackUrls : config.callbackUrls;
    const people = pool.addClient('People', {
      preventUserExistenceErrors: true,
      oAuth: {
        flows: { authorizationCodeGrant: true },
        callbackUrls: [...callbackUrls],
        scopes: [OAuthScope.OPENID, ...oauthScopes],
      },
    });
    const machine: UserPoolClient | undefined = config.machineClients.includes(callerClass)
      ? pool.addClient('Machine', {
          generateSecret: true,
          oAuth: { flows: { clientCredentials: true }, scopes: oauthScopes },
        })
      : undefined;

    this.url = pool.userPoolProviderUrl;
    this.audience = [people, machine].flatMap((client) => client?.userPoolClientId ?? []);
    const output = (name: string, value: string) =>
      new CfnOutput(Stack.of(this), `${ID_PREFIXES[callerClass]}${name}`, { value });
    output('UserPoolId', pool.userPoolId);
    output('LoginUrl', domain.baseUrl());
    output('ClientId', people.userPoolClientId);
    output('CallbackUrls', callbackUrls.join(' '));
    output('Scopes', Object.keys(SCOPES[callerClass]).map(toUserPoolScope).join(' '));
    if (machine !== undefined) output('MachineClientId', machine.userPoolClientId);
  }
}

/**
 * Sends the pool's e-mails through SES. The domain of the address must be a verified identity in
 * the stage's region.
 */
const sesEmail = (fromEmail: string): UserPoolEmail =>
  UserPoolEmail.withSES({
    fromEmail,
    sesVerifiedDomain: fromEmail.replace(/^.*@/, ''),
    sesRegion: Aws.REGION,
  });
