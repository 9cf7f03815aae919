import { beforeAll, describe, expect, test } from 'vitest';
import * as z from 'zod/mini';
import { FUNCTIONS, ROUTES } from '../../support/expected-app/expected-app.ts';
import { storefront } from '../../support/expected-app/storefront.ts';
import { synthesizeTemplates } from '../../support/infra/synthesize-templates.ts';
import {
  permissionsOf,
  type Resource,
  readProperties,
  resourcesOf,
  resourcesOfType,
} from '../../support/infra/templates.ts';

const ROUTE = 'GET /shop/availability';
const FUNCTION = 'inventory/GetShopAvailability';

const Route = z.object({
  RouteKey: z.string(),
  AuthorizationType: z.string(),
  AuthorizationScopes: z.optional(z.array(z.string())),
  AuthorizerId: z.optional(z.string()),
});
const Stage = z.object({ RouteSettings: z.record(z.string(), z.unknown()) });

let withoutRoute: readonly Resource[];
let withRoute: readonly Resource[];

beforeAll(() => {
  withoutRoute = resourcesOf(synthesizeTemplates());
  withRoute = resourcesOf(
    synthesizeTemplates({ publicAvailability: 'true', throttleStorefront: '2500/1250' }),
  );
});

const routesOf = (resources: readonly Resource[]) =>
  resourcesOfType(resources, 'AWS::ApiGatewayV2::Route').map((route) =>
    readProperties(Route, route),
  );
const functionsOf = (resources: readonly Resource[]) =>
  resourcesOfType(resources, 'AWS::Lambda::Function').map(({ name }) => name);
const settingsOf = (resources: readonly Resource[]) =>
  resourcesOfType(resources, 'AWS::ApiGatewayV2::Stage').map(
    (stage) => readProperties(Stage, stage).RouteSettings[ROUTE],
  );

describe('the route of the storefront', () => {
  test('does not exist by default: no route, no function, no setting', () => {
    expect(routesOf(withoutRoute).map(({ RouteKey }) => RouteKey)).not.toContain(ROUTE);
    expect(functionsOf(withoutRoute)).not.toContain(FUNCTION);
    expect(settingsOf(withoutRoute)).toEqual([undefined]);
  });

  test('is the only route and function that publicAvailability=true adds', () => {
    const keys = routesOf(withRoute).map(({ RouteKey }) => RouteKey);

    expect(keys.sort()).toEqual(Object.keys({ ...ROUTES, ...storefront.routes }).sort());
    expect([...functionsOf(withRoute)].sort()).toEqual(
      Object.keys({ ...FUNCTIONS, ...storefront.functions }).sort(),
    );
  });

  test('has no authorizer', () => {
    expect(routesOf(withRoute).find(({ RouteKey }) => RouteKey === ROUTE)).toEqual({
      RouteKey: ROUTE,
      AuthorizationType: 'NONE',
    });
  });

  test('has its own throttle', () => {
    const settings = (rateLimit: number, burstLimit: number) => [
      {
        ThrottlingRateLimit: rateLimit,
        ThrottlingBurstLimit: burstLimit,
        DetailedMetricsEnabled: false,
      },
    ];

    expect(settingsOf(withRoute)).toEqual(settings(2_500, 1_250));
    expect(settingsOf(resourcesOf(synthesizeTemplates({ publicAvailability: 'true' })))).toEqual(
      settings(50, 50),
    );
  });

  test('has a function that can only read items by their keys', () => {
    const onTables = permissionsOf(withRoute).flatMap(({ role, statement }) =>
      role === `${FUNCTION}Role`
        ? statement.Action.filter((action) => action.startsWith('dynamodb:'))
        : [],
    );

    expect(onTables).toEqual(Object.values(storefront.functions[FUNCTION]));
  });
});
