import { App, Stack } from 'aws-cdk-lib';
import { CfnUserPool, CfnUserPoolClient } from 'aws-cdk-lib/aws-cognito';
import { beforeAll, describe, expect, test } from 'vitest';
import * as z from 'zod/mini';
import { createStockbook } from '../../../lib/stockbook.ts';
import {
  cdkContext,
  synthesizeTemplates,
  templatesOf,
} from '../../support/infra/synthesize-templates.ts';
import {
  type Resource,
  readProperties,
  resourcesOf,
  resourcesOfType,
} from '../../support/infra/templates.ts';
import {
  BOTH_ISSUERS,
  CONFIGURED_CONTEXT,
  CUSTOMER_ISSUER,
  CUSTOMER_SCOPES,
  clientsOf,
  Pool,
  STAFF_ISSUER,
  STAFF_SCOPES,
  withoutServerId,
} from './identity-resources.ts';

let dev: readonly Resource[];
let configured: readonly Resource[];

beforeAll(() => {
  dev = resourcesOf(synthesizeTemplates());
  configured = resourcesOf(synthesizeTemplates(CONFIGURED_CONTEXT));
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
