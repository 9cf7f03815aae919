import { beforeAll, describe, expect, test } from 'vitest';
import * as z from 'zod/mini';
import { synthesized } from '../support/synth.ts';
import { functionOf, ofType, type Resource, read, resourceAt, resourcesOf } from '../support/templates.ts';

/** Every route: who may call it (a token with this scope, a service that signs, or anybody), and the function behind it. */
const ROUTES: Readonly<Record<string, readonly [access: string, handler: string]>> = {
  'GET /health': ['anybody', 'shared/GetHealth'],

  'PUT /stock/{sku}': ['stock.write', 'inventory/PutStock'],
  'PATCH /stock/{sku}': ['stock.write', 'inventory/PatchStock'],
  'POST /stock/{sku}/receipts': ['stock.write', 'inventory/ReceiveStock'],
  'POST /stock/{sku}/adjustments': ['stock.write', 'inventory/AdjustStock'],
  'GET /stock/{sku}': ['stock.read', 'inventory/GetStock'],
  'GET /stock': ['stock.read', 'inventory/ListStock'],
  'GET /stock/{sku}/movements': ['stock.read', 'inventory/ListMovements'],

  'PUT /reservations/{reservationId}': ['service', 'inventory/ReserveStock'],
  'GET /reservations/{reservationId}': ['service', 'inventory/GetReservation'],
  'POST /reservations/{reservationId}/extension': ['service', 'inventory/ExtendReservation'],
  'DELETE /reservations/{reservationId}': ['service', 'inventory/ReleaseReservation'],

  'PUT /products/{sku}': ['orders.manage', 'orders/PutProduct'],
  'GET /products': ['orders', 'orders/ListProducts'],
  'POST /orders': ['orders', 'orders/PlaceOrder'],
  'GET /orders/{orderId}': ['orders', 'orders/GetOrder'],
  'GET /orders': ['orders', 'orders/ListOrders'],
  'POST /orders/{orderId}/payment': ['orders', 'orders/PayOrder'],
  'POST /orders/{orderId}/cancellation': ['orders', 'orders/CancelOrder'],
  'GET /staff/orders': ['orders.manage', 'orders/ListStaffOrders'],
  'GET /staff/orders/{orderId}': ['orders.manage', 'orders/GetStaffOrder'],
  'POST /staff/orders/{orderId}/cancellation': ['orders.manage', 'orders/CancelStaffOrder'],
  'POST /orders/{orderId}/fulfilment': ['orders.manage', 'orders/FulfilOrder'],
  'POST /orders/{orderId}/resumption': ['operations', 'orders/ResumeOrder'],
  'POST /customers/{customerId}/erasure': ['operations', 'orders/EraseCustomer'],

  'GET /stock/{sku}/explanation': ['stock.read', 'inventory/ExplainStock'],
  'GET /audit/cells': ['service', 'inventory/AuditCells'],
  'GET /audit/reservations': ['service', 'inventory/AuditReservations'],
  'GET /audit/counts': ['service', 'inventory/GetCountBasis'],
  'GET /audit/orders': ['service', 'orders/AuditOrders'],
  'GET /audit/payments': ['service', 'payments/AuditPayments'],
  'GET /payments/{paymentId}/action': ['service', 'payments/GetRequiredAction'],
  'POST /repairs/cells': ['service', 'inventory/RepairCell'],
  'POST /repairs/counts': ['service', 'inventory/PostCount'],
  'POST /repairs/reservations/{reservationId}': ['service', 'inventory/RepairReservation'],
  'POST /repairs/orders/{orderId}': ['service', 'orders/RepairOrder'],
  'POST /repairs/payments/{orderId}': ['service', 'payments/RepairPayment'],
  'POST /webhooks/stripe': ['provider', 'payments/ReceiveStripeEvent'],

  'POST /reconciliations': ['operations', 'reconciliation/StartReconciliation'],
  'GET /reconciliations/{reconciliationId}': ['operations', 'reconciliation/GetReconciliation'],
  'GET /reconciliations': ['operations', 'reconciliation/ListReconciliations'],
  'GET /findings': ['operations', 'reconciliation/ListFindings'],
  'GET /findings/{findingId}': ['operations', 'reconciliation/GetFinding'],
  'POST /findings/{findingId}/approval': ['operations', 'reconciliation/ApproveFinding'],
  'POST /findings/{findingId}/dismissal': ['operations', 'reconciliation/DismissFinding'],
  'POST /stock/{sku}/counts': ['stock.write', 'reconciliation/CountStock'],

  'GET /dead-letters': ['operations', 'operations/ListDeadLetters'],
  'GET /dead-letters/{queue}': ['operations', 'operations/ExplainDeadLetters'],
  'POST /dead-letters/{queue}/redrive': ['operations', 'operations/RedriveDeadLetters'],
  'POST /dead-letters/{queue}/discard': ['operations', 'operations/DiscardDeadLetters'],
};
const SCOPES = ['stock.read', 'stock.write', 'orders', 'orders.manage', 'operations'];

const API = 'shared/Http/Api';
const AUTHORIZER = 'shared/Http/Jwt';
const ISSUER = { issuer: 'https://issuer.example', audience: 'shop,warehouse' };

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

let withPool: readonly Resource[];
let withIssuer: readonly Resource[];

beforeAll(() => {
  withPool = resourcesOf(synthesized());
  withIssuer = resourcesOf(synthesized(ISSUER));
});

const routesOf = (resources: readonly Resource[]) =>
  ofType(resources, 'AWS::ApiGatewayV2::Route').map((route) => read(Route, route));

type AnyRoute = ReturnType<typeof routesOf>[number];

/** Whether a token, a signature or nothing is asked for, as API Gateway is told. */
const authorizationOf = ({ RouteKey, AuthorizationType, AuthorizationScopes, AuthorizerId }: AnyRoute) => [
  RouteKey,
  { AuthorizationType, AuthorizationScopes, AuthorizerId },
];

const authorizationFor = (access: string, toScope: (scope: string) => string) => {
  switch (access) {
    case 'anybody':
    case 'provider':
      return { AuthorizationType: 'NONE' };
    case 'service':
      return { AuthorizationType: 'AWS_IAM' };
    default:
      return {
        AuthorizationType: 'JWT',
        AuthorizationScopes: [toScope(access)],
        AuthorizerId: AUTHORIZER,
      };
  }
};

const expectedAuthorization = (toScope: (scope: string) => string) =>
  Object.fromEntries(
    Object.entries(ROUTES).map(([route, [access]]) => [route, authorizationFor(access, toScope)]),
  );

describe('a route', () => {
  test('asks for the access that the contract says, and there is none beside those of the contract', () => {
    const routes = routesOf(withPool);

    expect(Object.fromEntries(routes.map(authorizationOf))).toEqual(
      expectedAuthorization((scope) => `stockbook/${scope}`),
    );
    expect(routes).toHaveLength(Object.keys(ROUTES).length);
  });

  test('calls its function, which is there', () => {
    const handlers = routesOf(withPool).map(({ RouteKey, Target }) => {
      const integration = resourceAt(withPool, Target.replace(/^integrations\//, ''));
      const handler = resourceAt(withPool, functionOf(read(Integration, integration).IntegrationUri));
      expect(handler.type).toBe('AWS::Lambda::Function');
      return [RouteKey, handler.name];
    });

    expect(Object.fromEntries(handlers)).toEqual(
      Object.fromEntries(Object.entries(ROUTES).map(([route, [, handler]]) => [route, handler])),
    );
  });

  test('lets its function be invoked for its own path only, and by API Gateway only', () => {
    const permissions = ofType(withPool, 'AWS::Lambda::Permission').map((permission) =>
      read(Permission, permission),
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

  test('is closed to callers without credentials, but for the health check and the webhook, which checks a signature', () => {
    const open = routesOf(withPool).filter(({ AuthorizationType }) => AuthorizationType === 'NONE');

    expect(open.map(({ RouteKey }) => RouteKey)).toEqual(['GET /health', 'POST /webhooks/stripe']);
  });
});

describe('the API', () => {
  test('is one, with one stage that is throttled and logged', () => {
    const stages = ofType(withPool, 'AWS::ApiGatewayV2::Stage');

    expect(ofType(withPool, 'AWS::ApiGatewayV2::Api').map(({ name }) => name)).toEqual([API]);
    expect(stages.map(({ properties }) => properties)).toEqual([
      expect.objectContaining({
        ApiId: API,
        StageName: '$default',
        AutoDeploy: true,
        DefaultRouteSettings: {
          DetailedMetricsEnabled: true,
          ThrottlingBurstLimit: 500,
          ThrottlingRateLimit: 1_000,
        },
        AccessLogSettings: expect.objectContaining({ DestinationArn: 'operations/Http/AccessLogs.Arn' }),
      }),
    ]);
  });

  test('logs no token, no body and no caller, and no free text that could break the line', () => {
    const [stage] = ofType(withPool, 'AWS::ApiGatewayV2::Stage');
    const { Format: format } = z.object({ Format: z.string() }).parse(stage?.properties.AccessLogSettings);

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

const authorizersOf = (resources: readonly Resource[]) =>
  ofType(resources, 'AWS::ApiGatewayV2::Authorizer').map(({ name, properties }) => ({ name, properties }));

const authorizer = (issuer: string, audience: readonly string[]) => ({
  name: AUTHORIZER,
  properties: {
    ApiId: API,
    AuthorizerType: 'JWT',
    IdentitySource: ['$request.header.Authorization'],
    JwtConfiguration: { Issuer: issuer, Audience: audience },
    Name: 'Jwt',
  },
});

const cognitoOf = (resources: readonly Resource[]) =>
  resources.filter(({ type }) => type.startsWith('AWS::Cognito'));

describe('with an issuer and an audience from the context', () => {
  test('there is nothing of Cognito', () => {
    expect(cognitoOf(withIssuer)).toEqual([]);
  });

  test('tokens are checked against that issuer and each audience', () => {
    expect(authorizersOf(withIssuer)).toEqual([authorizer('https://issuer.example', ['shop', 'warehouse'])]);
  });

  test('a scope is written as the contract has it', () => {
    expect(Object.fromEntries(routesOf(withIssuer).map(authorizationOf))).toEqual(
      expectedAuthorization((scope) => scope),
    );
  });
});

describe('without them', () => {
  const client = (name: string) => `shared/Issuer/Users/${name}`;

  test('a user pool issues the tokens, to three clients', () => {
    expect(authorizersOf(withPool)).toEqual([
      authorizer('shared/Issuer/Users.ProviderURL', ['Customers', 'Staff', 'Programs'].map(client)),
    ]);
    expect(cognitoOf(withPool).map(({ type }) => type)).toEqual([
      'AWS::Cognito::UserPool',
      'AWS::Cognito::UserPoolDomain',
      'AWS::Cognito::UserPoolResourceServer',
      'AWS::Cognito::UserPoolClient',
      'AWS::Cognito::UserPoolClient',
      'AWS::Cognito::UserPoolClient',
    ]);
  });

  test('its resource server has the five scopes of the contract', () => {
    const [server] = ofType(withPool, 'AWS::Cognito::UserPoolResourceServer');

    const { Identifier, Scopes } = z
      .object({ Identifier: z.string(), Scopes: z.array(z.object({ ScopeName: z.string() })) })
      .parse(server?.properties);
    expect(Identifier).toBe('stockbook');
    expect(Scopes.map(({ ScopeName }) => ScopeName)).toEqual(SCOPES);
  });

  test('a customer may ask for orders of their own, staff for all, a program for what is no customer’s', () => {
    const server = 'shared/Issuer/Users/Api';
    const scopes = ofType(withPool, 'AWS::Cognito::UserPoolClient').map(({ name, properties }) => [
      name,
      properties.AllowedOAuthFlows,
      z
        .array(z.string())
        .parse(properties.AllowedOAuthScopes)
        .map((scope) => scope.replace(`${server}/`, '')),
    ]);

    expect(scopes).toEqual([
      [client('Customers'), ['code'], ['openid', 'orders']],
      [
        client('Staff'),
        ['code'],
        ['openid', 'orders', 'orders.manage', 'stock.read', 'stock.write', 'operations'],
      ],
      [
        client('Programs'),
        ['client_credentials'],
        ['stock.read', 'stock.write', 'orders.manage', 'operations'],
      ],
    ]);
  });
});
