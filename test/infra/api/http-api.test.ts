import { beforeAll, describe, expect, test } from 'vitest';
import * as z from 'zod/mini';
import { missingEntries, ROUTES } from '../../support/expected-app/expected-app.ts';
import { synthesizeTemplates } from '../../support/infra/synthesize-templates.ts';
import {
  findResource,
  functionBehindAlias,
  type Resource,
  readProperties,
  resourcesOf,
  resourcesOfType,
} from '../../support/infra/templates.ts';

const API = 'shared/Http/Api';
/** Scope of customers; all other scopes are for staff. */
const authorizerOf = (scope: string): string =>
  scope === 'orders' ? 'shared/Http/CustomerJwt' : 'shared/Http/StaffJwt';
const EXTERNAL_ISSUERS = {
  customerIssuer: 'https://shop.example/issuer',
  customerAudience: 'shop',
  staffIssuer: 'https://warehouse.example/issuer',
  staffAudience: 'warehouse',
};

const Route = z.object({
  ApiId: z.literal(API),
  RouteKey: z.string(),
  AuthorizationType: z.string(),
  AuthorizationScopes: z.optional(z.array(z.string())),
  AuthorizerId: z.optional(z.string()),
  Target: z.string(),
});
const Integration = z.object({
  ApiId: z.literal(API),
  IntegrationType: z.literal('AWS_PROXY'),
  IntegrationUri: z.string(),
  PayloadFormatVersion: z.literal('2.0'),
});
const Permission = z.object({
  Action: z.literal('lambda:InvokeFunction'),
  FunctionName: z.string(),
  Principal: z.string(),
  SourceArn: z.string(),
});

let withUserPools: readonly Resource[];

beforeAll(() => {
  withUserPools = resourcesOf(synthesizeTemplates());
});

const routesOf = (resources: readonly Resource[]) =>
  resourcesOfType(resources, 'AWS::ApiGatewayV2::Route').map((route) =>
    readProperties(Route, route),
  );

type RouteProperties = ReturnType<typeof routesOf>[number];

/** Returns which authorization a route of the template requires. */
const actualAuthorization = ({
  RouteKey,
  AuthorizationType,
  AuthorizationScopes,
  AuthorizerId,
}: RouteProperties) => [RouteKey, { AuthorizationType, AuthorizationScopes, AuthorizerId }];

const expectedAuthorizationFor = (access: string) => {
  switch (access) {
    case 'public':
    case 'provider':
      return { AuthorizationType: 'NONE' };
    case 'service':
      return { AuthorizationType: 'AWS_IAM' };
    default:
      return {
        AuthorizationType: 'JWT',
        AuthorizationScopes: [access, `stockbook/${access}`],
        AuthorizerId: authorizerOf(access),
      };
  }
};

const expectedAuthorization = () =>
  Object.fromEntries(
    Object.entries(ROUTES).map(([route, [access]]) => [route, expectedAuthorizationFor(access)]),
  );

describe('a route', () => {
  test('is listed in test/support/expected-app and created by a stack', () => {
    const routeKeys = routesOf(withUserPools).map(({ RouteKey }) => RouteKey);

    expect(missingEntries('routes', routeKeys, Object.keys(ROUTES))).toEqual([]);
  });

  test('requires the access of its contract, and no other route exists', () => {
    const routes = routesOf(withUserPools);

    expect(Object.fromEntries(routes.map(actualAuthorization))).toEqual(expectedAuthorization());
    expect(routes).toHaveLength(Object.keys(ROUTES).length);
  });

  test('has the same authorizer and scopes where the issuers are external', () => {
    const routes = routesOf(resourcesOf(synthesizeTemplates(EXTERNAL_ISSUERS)));

    expect(Object.fromEntries(routes.map(actualAuthorization))).toEqual(expectedAuthorization());
  });

  test('calls an existing function', () => {
    const handlers = routesOf(withUserPools).map(({ RouteKey, Target }) => {
      const integration = findResource(withUserPools, Target.replace(/^integrations\//, ''));
      const handler = findResource(
        withUserPools,
        functionBehindAlias(readProperties(Integration, integration).IntegrationUri),
      );
      expect(handler.type).toBe('AWS::Lambda::Function');
      return [RouteKey, handler.name];
    });

    expect(Object.fromEntries(handlers)).toEqual(
      Object.fromEntries(Object.entries(ROUTES).map(([route, [, handler]]) => [route, handler])),
    );
  });

  test('allows only API Gateway to invoke its function, and only for its path', () => {
    const permissions = resourcesOfType(withUserPools, 'AWS::Lambda::Permission').map(
      (permission) => readProperties(Permission, permission),
    );

    const expected = Object.entries(ROUTES).map(([route, [, handler]]) => ({
      Action: 'lambda:InvokeFunction',
      FunctionName: `${handler}/Live`,
      Principal: 'apigateway.amazonaws.com',
      SourceArn: `arn:<Partition>:execute-api:<Region>:<AccountId>:${API}/*/*${route.split(' ')[1]}`,
    }));
    const byFunction = (a: { FunctionName: string }, b: { FunctionName: string }) =>
      a.FunctionName.localeCompare(b.FunctionName);
    expect([...permissions].sort(byFunction)).toEqual(expected.sort(byFunction));
  });

  test('requires credentials, except the health check and the webhook, which checks a signature', () => {
    const open = routesOf(withUserPools).filter(
      ({ AuthorizationType }) => AuthorizationType === 'NONE',
    );

    expect(open.map(({ RouteKey }) => RouteKey)).toEqual(['GET /health', 'POST /webhooks/stripe']);
  });
});

describe('the API', () => {
  test('is one, with one stage that is throttled and logged', () => {
    const stages = resourcesOfType(withUserPools, 'AWS::ApiGatewayV2::Stage');

    expect(
      resourcesOfType(withUserPools, 'AWS::ApiGatewayV2::Api').map(({ name }) => name),
    ).toEqual([API]);
    expect(stages.map(({ properties }) => properties)).toEqual([
      expect.objectContaining({
        ApiId: API,
        StageName: '$default',
        AutoDeploy: true,
        // Detailed metrics are billed per route, and nothing reads them.
        DefaultRouteSettings: {
          DetailedMetricsEnabled: false,
          ThrottlingBurstLimit: 100,
          ThrottlingRateLimit: 100,
        },
        AccessLogSettings: expect.objectContaining({
          DestinationArn: 'operations/Http/AccessLogs.Arn',
        }),
      }),
    ]);
  });

  const RouteSettings = z.record(
    z.string(),
    z.strictObject({
      ThrottlingRateLimit: z.number(),
      ThrottlingBurstLimit: z.number(),
      DetailedMetricsEnabled: z.literal(false),
    }),
  );
  const throttlesOf = (resources: readonly Resource[]) => {
    const [stage] = resourcesOfType(resources, 'AWS::ApiGatewayV2::Stage');
    const settings = RouteSettings.parse(stage?.properties.RouteSettings);
    return Object.fromEntries(
      Object.entries(settings).map(([route, { DetailedMetricsEnabled: _off, ...throttle }]) => [
        route,
        throttle,
      ]),
    );
  };

  test('throttles each route by its access class, for about one order per second', () => {
    const byAccess: Readonly<Record<string, readonly [rate: number, burst: number]>> = {
      public: [20, 20],
      provider: [50, 50],
      orders: [50, 50],
      'orders.manage': [20, 20],
      'stock.read': [50, 50],
      'stock.write': [20, 20],
      operations: [20, 20],
      service: [100, 100],
    };

    expect(throttlesOf(withUserPools)).toEqual(
      Object.fromEntries(
        Object.entries(ROUTES).map(([route, [access]]) => {
          const [ThrottlingRateLimit, ThrottlingBurstLimit] = byAccess[access] ?? [];
          return [route, { ThrottlingRateLimit, ThrottlingBurstLimit }];
        }),
      ),
    );
  });

  test('throttles as configured', () => {
    const throttles = throttlesOf(
      resourcesOf(
        synthesizeTemplates({ throttleOrders: '2500/5000', throttleServices: '5000/10000' }),
      ),
    );

    expect(throttles['POST /orders']).toEqual({
      ThrottlingRateLimit: 2_500,
      ThrottlingBurstLimit: 5_000,
    });
    expect(throttles['PUT /reservations/{reservationId}']).toEqual({
      ThrottlingRateLimit: 5_000,
      ThrottlingBurstLimit: 10_000,
    });
    expect(throttles['PUT /stock/{sku}']).toEqual({
      ThrottlingRateLimit: 20,
      ThrottlingBurstLimit: 20,
    });
  });

  test('logs no token, body or caller, and no free text that could break the line', () => {
    const [stage] = resourcesOfType(withUserPools, 'AWS::ApiGatewayV2::Stage');
    const { Format: format } = z
      .object({ Format: z.string() })
      .parse(stage?.properties.AccessLogSettings);

    expect(Object.values(JSON.parse(format))).toEqual([
      '$context.requestId',
      '$context.routeKey',
      '$context.status',
      '$context.responseLatency',
      '$context.error.responseType',
      '$context.integrationStatus',
    ]);
  });
});
