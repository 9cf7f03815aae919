import { Aws, CfnOutput, Validations } from 'aws-cdk-lib';
import { Mfa, OAuthScope, ResourceServerScope, UserPool, type UserPoolClient } from 'aws-cdk-lib/aws-cognito';
import { Construct } from 'constructs';
import type { Config } from '../config.ts';
import type { Scope } from './http-api.ts';

/** Whose tokens the API takes. */
export interface TokenIssuer {
  readonly url: string;
  readonly audience: readonly string[];
  /** How the issuer writes a scope of the HTTP contract. */
  scopeName(scope: Scope): string;
}

/** An issuer that is there already; it writes the scopes as the contract has them. */
export const givenIssuer = ({ url, audience }: NonNullable<Config['issuer']>): TokenIssuer => ({
  url,
  audience,
  scopeName: (scope) => scope,
});

const RESOURCE_SERVER = 'stockbook';
const SCOPES: Readonly<Record<Scope, string>> = {
  'stock.read': 'Read stock and movements',
  'stock.write': 'Receive, adjust and count stock',
  orders: "Place and pay one's own orders",
  'orders.manage': 'Manage products and fulfil orders',
  operations: 'Reconcile, redrive and resume',
};

/** A user pool: people sign in by the authorization code flow, programs by client credentials. */
export class CognitoIssuer extends Construct implements TokenIssuer {
  readonly url: string;
  readonly audience: readonly string[];

  constructor(scope: Construct, id: string, config: Config) {
    super(scope, id);
    const pool = new UserPool(this, 'Users', {
      selfSignUpEnabled: true,
      signInAliases: { email: true },
      autoVerify: { email: true },
      passwordPolicy: {
        minLength: 12,
        requireLowercase: true,
        requireUppercase: true,
        requireDigits: true,
        requireSymbols: true,
      },
      mfa: Mfa.OPTIONAL,
      mfaSecondFactor: { otp: true, sms: false },
      deletionProtection: config.deletionProtection,
      removalPolicy: config.removalPolicy,
    });
    Validations.of(pool).acknowledge(
      {
        id: 'AwsSolutions-COG2',
        reason:
          'A customer of a shop may choose a second factor; demanded of everybody it would turn buyers away.',
      },
      {
        id: 'AwsSolutions-COG8',
        reason:
          'Threat protection is a paid plan: who wants it sets it on the pool, or brings an issuer of their own.',
      },
    );
    pool.addDomain('Domain', {
      cognitoDomain: { domainPrefix: `stockbook-${config.stage}-${Aws.ACCOUNT_ID}` },
    });
    const scopes = new Map<Scope, ResourceServerScope>();
    for (const [name, description] of Object.entries(SCOPES)) {
      scopes.set(name as Scope, new ResourceServerScope({ scopeName: name, scopeDescription: description }));
    }
    const server = pool.addResourceServer('Api', {
      identifier: RESOURCE_SERVER,
      scopes: [...scopes.values()],
    });
    const oauthScopes = (...names: readonly Scope[]) =>
      names.flatMap((name) => scopes.get(name) ?? []).map((of) => OAuthScope.resourceServer(server, of));
    const people = (client: string, ...names: readonly Scope[]) =>
      pool.addClient(client, {
        preventUserExistenceErrors: true,
        oAuth: {
          flows: { authorizationCodeGrant: true },
          callbackUrls: [...config.callbackUrls],
          scopes: [OAuthScope.OPENID, ...oauthScopes(...names)],
        },
      });

    const clients: Readonly<Record<string, UserPoolClient>> = {
      Customers: people('Customers', 'orders'),
      Staff: people('Staff', 'orders', 'orders.manage', 'stock.read', 'stock.write', 'operations'),
      Programs: pool.addClient('Programs', {
        generateSecret: true,
        oAuth: {
          flows: { clientCredentials: true },
          scopes: oauthScopes('stock.read', 'stock.write', 'orders.manage', 'operations'),
        },
      }),
    };
    this.url = pool.userPoolProviderUrl;
    this.audience = Object.values(clients).map((client) => client.userPoolClientId);
    new CfnOutput(this, 'UserPoolId', { value: pool.userPoolId });
    for (const [name, client] of Object.entries(clients)) {
      new CfnOutput(this, `Client${name}`, { value: client.userPoolClientId });
    }
  }

  /** Cognito writes a scope behind the identifier of its resource server. */
  scopeName(scope: Scope): string {
    return `${RESOURCE_SERVER}/${scope}`;
  }
}
