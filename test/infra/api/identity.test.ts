import { App, Stack } from 'aws-cdk-lib';
import { CfnUserPool, CfnUserPoolClient } from 'aws-cdk-lib/aws-cognito';
import { beforeAll, describe, expect, test } from 'vitest';
import * as z from 'zod/mini';
import { createStockbook } from '../../../lib/stockbook.ts';
import {
  cdkContext,
  outputsOf,
  synthesizeTemplates,
  templatesOf,
} from '../../support/infra/synthesize-templates.ts';
import {
  type Resource,
  readProperties,
  resourcesOf,
  resourcesOfType,
} from '../../support/infra/templates.ts';

const CUSTOMER_SCOPES = ['orders'];
const STAFF_SCOPES = ['orders.manage', 'stock.read', 'stock.write', 'operations'];
/**
 * External issuer of customers. The machine client of staff is synthesized without that of
 * customers.
 */
const CUSTOMER_ISSUER = {
  customerIssuer: 'https://shop.example/issuer',
  customerAudience: 'shop,app',
  machineClients: 'staff',
};
const STAFF_ISSUER = {
  staffIssuer: 'https://warehouse.example/issuer',
  staffAudience: 'warehouse',
};
const BOTH_ISSUERS = { ...CUSTOMER_ISSUER, ...STAFF_ISSUER, machineClients: '' };
const LOOPBACK = 'http://localhost:8765/callback';

let dev: readonly Resource[];
/**
 * A stage with every optional setting. One synthesis serves all tests, because it takes seconds.
 */
let configured: readonly Resource[];
const CONFIGURED_CONTEXT = {
  stage: 'prod',
  paymentProvider: 'sandbox',
  machineClients: 'customer,staff',
  callbackUrls: 'https://shop.example/in,https://app.shop.example/in',
  staffCallbackUrls: 'https://warehouse.example/in',
  signUpEmailFrom: 'shop@mail.shop.example',
};

beforeAll(() => {
  dev = resourcesOf(synthesizeTemplates());
  configured = resourcesOf(synthesizeTemplates(CONFIGURED_CONTEXT));
});

const Pool = z.object({
  AdminCreateUserConfig: z.optional(z.object({ AllowAdminCreateUserOnly: z.boolean() })),
  MfaConfiguration: z.optional(z.string()),
  EnabledMfas: z.optional(z.array(z.string())),
});
const Client = z.object({
  UserPoolId: z.string(),
  AllowedOAuthFlows: z.array(z.string()),
  AllowedOAuthScopes: z.array(z.string()),
  GenerateSecret: z.optional(z.boolean()),
  CallbackURLs: z.optional(z.array(z.string())),
});
const Authorizer = z.object({
  JwtConfiguration: z.object({ Issuer: z.string(), Audience: z.array(z.string()) }),
});
const Route = z.object({
  RouteKey: z.string(),
  AuthorizationType: z.string(),
  AuthorizerId: z.optional(z.string()),
  AuthorizationScopes: z.optional(z.array(z.string())),
});

const cognitoOf = (resources: readonly Resource[]) =>
  resources
    .filter(({ type }) => type.startsWith('AWS::Cognito'))
    .map(({ name, type }) => [name, type]);
const clientsOf = (resources: readonly Resource[]) =>
  resourcesOfType(resources, 'AWS::Cognito::UserPoolClient').map((client) => ({
    name: client.name,
    ...readProperties(Client, client),
  }));
/** Returns a scope without its resource server, which is an identifier or a reference to one. */
const withoutServerId = (name: string): string => name.replace(/^.*\//, '');
const jwtAuthorizersOf = (resources: readonly Resource[]) =>
  Object.fromEntries(
    resourcesOfType(resources, 'AWS::ApiGatewayV2::Authorizer').map((authorizer) => [
      authorizer.name,
      readProperties(Authorizer, authorizer).JwtConfiguration,
    ]),
  );

/**
 * Returns each staff scope of a client in a pool with self sign-up: Cognito grants it to every user
 * who signs up.
 */
function staffScopesOpenToSignUp(resources: readonly Resource[]): readonly string[] {
  const open = resourcesOfType(resources, 'AWS::Cognito::UserPool').filter(
    (pool) => readProperties(Pool, pool).AdminCreateUserConfig?.AllowAdminCreateUserOnly !== true,
  );
  return clientsOf(resources)
    .filter(({ UserPoolId }) => open.some(({ name }) => name === UserPoolId))
    .flatMap(({ name, AllowedOAuthScopes }) =>
      AllowedOAuthScopes.map(withoutServerId)
        .filter((scope) => STAFF_SCOPES.includes(scope))
        .map((scope) => `${name}: ${scope}`),
    );
}

/** Returns the routes whose authorizer differs from that of the caller class of their scope. */
const misauthorizedRoutes = (resources: readonly Resource[]): readonly string[] =>
  resourcesOfType(resources, 'AWS::ApiGatewayV2::Route').flatMap((resource) => {
    const {
      RouteKey,
      AuthorizationType,
      AuthorizerId,
      AuthorizationScopes = [],
    } = readProperties(Route, resource);
    if (AuthorizationType !== 'JWT') return [];
    const scopes = AuthorizationScopes.map(withoutServerId);
    const isRight = (authorizer: string, allowed: readonly string[]) =>
      AuthorizerId === `shared/Http/${authorizer}` &&
      scopes.length > 0 &&
      scopes.every((scope) => allowed.includes(scope));
    return isRight('CustomerJwt', CUSTOMER_SCOPES) || isRight('StaffJwt', STAFF_SCOPES)
      ? []
      : [RouteKey];
  });

describe('a user who signs up has no staff scope:', () => {
  /** Returns the app with one added or changed resource. */
  const planted = (plant: (shared: Stack) => void): readonly Resource[] => {
    const app = new App({ analyticsReporting: false, context: cdkContext() });
    createStockbook(app);
    const shared = app.node.findAll().find((found) => found.node.id === 'stockbook-dev-shared');
    if (!(shared instanceof Stack)) throw new Error('the app has no shared stack');
    plant(shared);
    return resourcesOf(templatesOf(app, 'dev'));
  };
  const poolOf = (shared: Stack, name: string): CfnUserPool => {
    const found = shared.node.findChild(name).node.findChild('Users').node.defaultChild;
    if (!(found instanceof CfnUserPool)) throw new Error(`${name} has no user pool`);
    return found;
  };

  test('a pool with self sign-up has no client with a staff scope', () => {
    expect(staffScopesOpenToSignUp(dev)).toEqual([]);
    expect(staffScopesOpenToSignUp(configured)).toEqual([]);
  });

  test('detects a planted client with a staff scope and planted self sign-up in the staff pool', () => {
    const resources = planted((shared) => {
      new CfnUserPoolClient(shared, 'Planted', {
        userPoolId: poolOf(shared, 'CustomerPool').ref,
        allowedOAuthFlows: ['code'],
        allowedOAuthScopes: ['openid', 'stockbook/orders', 'stockbook/operations'],
      });
      poolOf(shared, 'StaffPool').adminCreateUserConfig = { allowAdminCreateUserOnly: false };
    });

    expect([...staffScopesOpenToSignUp(resources)].sort()).toEqual(
      [
        'shared/Planted: operations',
        ...STAFF_SCOPES.map((scope) => `shared/StaffPool/Users/People: ${scope}`),
      ].sort(),
    );
  });

  test('a resource server has only the scopes of its caller class', () => {
    const servers = resourcesOfType(configured, 'AWS::Cognito::UserPoolResourceServer').map(
      ({ name, properties }) => {
        const scopes = z.array(z.object({ ScopeName: z.string() })).parse(properties.Scopes);
        return [name, properties.Identifier, scopes.map(({ ScopeName }) => ScopeName)];
      },
    );

    expect(servers).toEqual([
      ['shared/CustomerPool/Users/Api', 'stockbook', CUSTOMER_SCOPES],
      ['shared/StaffPool/Users/Api', 'stockbook', STAFF_SCOPES],
    ]);
  });
});

describe('every route with a token', () => {
  test.each([
    ['user pools', {}],
    ['an external issuer for customers', CUSTOMER_ISSUER],
    ['an external issuer for staff', STAFF_ISSUER],
    ['two external issuers', BOTH_ISSUERS],
  ])('has the authorizer of its caller class: %s', (_name, context) => {
    const resources = resourcesOf(synthesizeTemplates(context));

    expect(misauthorizedRoutes(resources)).toEqual([]);
    expect(Object.keys(jwtAuthorizersOf(resources))).toEqual([
      'shared/Http/CustomerJwt',
      'shared/Http/StaffJwt',
    ]);
  });

  test('detects a planted staff route with the customer authorizer or without a scope', () => {
    const swapped = dev.map((resource) =>
      resource.properties.RouteKey === 'GET /findings'
        ? {
            ...resource,
            properties: { ...resource.properties, AuthorizerId: 'shared/Http/CustomerJwt' },
          }
        : resource.properties.RouteKey === 'GET /orders'
          ? { ...resource, properties: { ...resource.properties, AuthorizationScopes: [] } }
          : resource,
    );

    expect([...misauthorizedRoutes(swapped)].sort()).toEqual(['GET /findings', 'GET /orders']);
  });
});

describe('an authorizer accepts', () => {
  const client = (pool: string, name: string) => `shared/${pool}/Users/${name}`;
  const pools = {
    'shared/Http/CustomerJwt': {
      Issuer: 'shared/CustomerPool/Users.ProviderURL',
      Audience: [client('CustomerPool', 'People')],
    },
    'shared/Http/StaffJwt': {
      Issuer: 'shared/StaffPool/Users.ProviderURL',
      Audience: [client('StaffPool', 'People')],
    },
  };
  const external = {
    'shared/Http/CustomerJwt': { Issuer: 'https://shop.example/issuer', Audience: ['shop', 'app'] },
    'shared/Http/StaffJwt': { Issuer: 'https://warehouse.example/issuer', Audience: ['warehouse'] },
  };

  test('tokens of its pool for the clients of the pool', () => {
    expect(jwtAuthorizersOf(dev)).toEqual(pools);
    expect(jwtAuthorizersOf(configured)).toMatchObject({
      'shared/Http/CustomerJwt': {
        Audience: [client('CustomerPool', 'People'), client('CustomerPool', 'Machine')],
      },
      'shared/Http/StaffJwt': {
        Audience: [client('StaffPool', 'People'), client('StaffPool', 'Machine')],
      },
    });
  });

  test('an external issuer for one caller class', () => {
    const onlyCustomers = resourcesOf(synthesizeTemplates(CUSTOMER_ISSUER));
    const onlyStaff = resourcesOf(synthesizeTemplates(STAFF_ISSUER));

    expect(jwtAuthorizersOf(onlyCustomers)).toEqual({
      'shared/Http/CustomerJwt': external['shared/Http/CustomerJwt'],
      'shared/Http/StaffJwt': {
        Issuer: 'shared/StaffPool/Users.ProviderURL',
        Audience: [client('StaffPool', 'People'), client('StaffPool', 'Machine')],
      },
    });
    expect(jwtAuthorizersOf(onlyStaff)).toEqual({
      ...pools,
      'shared/Http/StaffJwt': external['shared/Http/StaffJwt'],
    });
    expect(
      cognitoOf(onlyCustomers).filter(([name]) => !name?.startsWith('shared/StaffPool/')),
    ).toEqual([]);
    expect(
      cognitoOf(onlyStaff).filter(([name]) => !name?.startsWith('shared/CustomerPool/')),
    ).toEqual([]);
  });

  test('external issuers for both classes, without any Cognito resource', () => {
    const resources = resourcesOf(synthesizeTemplates(BOTH_ISSUERS));

    expect(jwtAuthorizersOf(resources)).toEqual(external);
    expect(cognitoOf(resources)).toEqual([]);
  });
});

describe('a user pool', () => {
  const poolsOf = (resources: readonly Resource[]) =>
    Object.fromEntries(
      resourcesOfType(resources, 'AWS::Cognito::UserPool').map((pool) => [
        pool.name,
        { ...pool, ...readProperties(Pool, pool) },
      ]),
    );
  const CUSTOMERS = 'shared/CustomerPool/Users';
  const STAFF = 'shared/StaffPool/Users';

  test('of customers allows sign-up with an optional second factor', () => {
    expect(poolsOf(dev)[CUSTOMERS]).toMatchObject({
      AdminCreateUserConfig: { AllowAdminCreateUserOnly: false },
      MfaConfiguration: 'OPTIONAL',
      EnabledMfas: ['SOFTWARE_TOKEN_MFA'],
    });
  });

  test('of staff has only users created by an administrator, each with an authenticator app', () => {
    expect(poolsOf(dev)[STAFF]).toMatchObject({
      AdminCreateUserConfig: { AllowAdminCreateUserOnly: true },
      MfaConfiguration: 'ON',
      EnabledMfas: ['SOFTWARE_TOKEN_MFA'],
    });
  });

  test('has its own domain with a prefix that is unique to the stage', () => {
    const prefixes = resourcesOfType(configured, 'AWS::Cognito::UserPoolDomain').map(
      ({ properties }) => properties.Domain,
    );

    expect(prefixes).toEqual([
      'stockbook-prod-<AccountId>-customer',
      'stockbook-prod-<AccountId>-staff',
    ]);
  });

  test('is deleted with the stack of a trial stage, and retained and protected in prod', () => {
    const ends = (resources: readonly Resource[]) =>
      Object.values(poolsOf(resources)).map(({ deletionPolicy, properties }) => [
        deletionPolicy,
        properties.DeletionProtection,
      ]);

    expect(ends(dev)).toEqual([
      ['Delete', 'INACTIVE'],
      ['Delete', 'INACTIVE'],
    ]);
    expect(ends(configured)).toEqual([
      ['Retain', 'ACTIVE'],
      ['Retain', 'ACTIVE'],
    ]);
  });

  test('sends mail with Cognito, or with SES from the configured domain', () => {
    const emails = (resources: readonly Resource[]) =>
      Object.values(poolsOf(resources)).map(({ properties }) => properties.EmailConfiguration);
    const throughSes = {
      EmailSendingAccount: 'DEVELOPER',
      From: 'shop@mail.shop.example',
      SourceArn: 'arn:<Partition>:ses:<Region>:<AccountId>:identity/mail.shop.example',
    };

    expect(emails(dev)).toEqual([undefined, undefined]);
    expect(emails(configured)).toEqual([throughSes, throughSes]);
  });
});

describe('a client of a user pool', () => {
  const summaryOf = (resources: readonly Resource[]) =>
    Object.fromEntries(
      clientsOf(resources).map(
        ({ name, AllowedOAuthFlows, AllowedOAuthScopes, GenerateSecret }) => [
          name,
          {
            flows: AllowedOAuthFlows,
            scopes: AllowedOAuthScopes.map(withoutServerId),
            hasSecret: GenerateSecret === true,
          },
        ],
      ),
    );
  const people = {
    'shared/CustomerPool/Users/People': {
      flows: ['code'],
      scopes: ['openid', ...CUSTOMER_SCOPES],
      hasSecret: false,
    },
    'shared/StaffPool/Users/People': {
      flows: ['code'],
      scopes: ['openid', ...STAFF_SCOPES],
      hasSecret: false,
    },
  };

  test('is for people with the scopes of their class; by default none is for machines', () => {
    expect(summaryOf(dev)).toEqual(people);
  });

  test('for machines is created in each configured pool', () => {
    expect(summaryOf(configured)).toEqual({
      ...people,
      'shared/CustomerPool/Users/Machine': {
        flows: ['client_credentials'],
        scopes: CUSTOMER_SCOPES,
        hasSecret: true,
      },
      'shared/StaffPool/Users/Machine': {
        flows: ['client_credentials'],
        scopes: STAFF_SCOPES,
        hasSecret: true,
      },
    });
    expect(Object.keys(summaryOf(resourcesOf(synthesizeTemplates(CUSTOMER_ISSUER))))).toEqual([
      'shared/StaffPool/Users/People',
      'shared/StaffPool/Users/Machine',
    ]);
  });

  test('redirects to the address of `npm run stockbook -- token`, or to the configured one', () => {
    const callbacksOf = (resources: readonly Resource[]) =>
      clientsOf(resources)
        .filter(({ name }) => name.endsWith('/People'))
        .map(({ CallbackURLs }) => CallbackURLs);

    expect(callbacksOf(dev)).toEqual([[LOOPBACK], [LOOPBACK]]);
    expect(callbacksOf(configured)).toEqual([
      ['https://shop.example/in', 'https://app.shop.example/in'],
      ['https://warehouse.example/in'],
    ]);
  });
});

describe('the outputs of the shared stack', () => {
  const identityOf = (context: Readonly<Record<string, string>>) =>
    Object.keys(outputsOf(synthesizeTemplates(context).shared))
      .filter((name) => /^(Customer|Staff)[A-Z]/.test(name))
      .sort();
  const ofPool = (caller: string) =>
    ['CallbackUrls', 'ClientId', 'IssuerUrl', 'LoginUrl', 'Scopes', 'UserPoolId'].map(
      (name) => caller + name,
    );

  test('contain what a sign-in needs', () => {
    expect(identityOf({})).toEqual([...ofPool('Customer'), ...ofPool('Staff')]);
    expect(identityOf(CONFIGURED_CONTEXT)).toEqual(
      [
        ...ofPool('Customer'),
        'CustomerMachineClientId',
        ...ofPool('Staff'),
        'StaffMachineClientId',
      ].sort(),
    );
    expect(identityOf(BOTH_ISSUERS)).toEqual(['CustomerIssuerUrl', 'StaffIssuerUrl']);
  });

  test('contain the scopes in the form of a token', () => {
    const outputs = outputsOf(synthesizeTemplates({}).shared);

    expect(outputs.StaffScopes).toBe(STAFF_SCOPES.map((scope) => `stockbook/${scope}`).join(' '));
    expect(outputs.CustomerScopes).toBe('stockbook/orders');
    expect(outputs.StaffCallbackUrls).toBe(LOOPBACK);
  });

  test('keep the exports of the other stacks with any issuer', () => {
    const exportsOf = (context: Readonly<Record<string, string>>) =>
      Object.keys(outputsOf(synthesizeTemplates(context).shared)).filter((name) =>
        name.startsWith('Exports'),
      );

    const own = exportsOf({});
    for (const context of [CUSTOMER_ISSUER, STAFF_ISSUER, BOTH_ISSUERS])
      expect(exportsOf(context)).toEqual(own);
  });
});
