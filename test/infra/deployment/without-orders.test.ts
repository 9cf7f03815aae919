import type { Template } from 'aws-cdk-lib/assertions';
import { beforeAll, describe, expect, test } from 'vitest';
import * as z from 'zod/mini';
import { routes } from '../../../lambdas/contracts/routes.ts';
import { hasContext } from '../../../lib/contexts.ts';
import {
  synthesizeTemplates,
  synthesizeWithoutOrders,
} from '../../support/infra/synthesize-templates.ts';
import {
  permissionsOf,
  type Resource,
  resourcesOf,
  resourcesOfType,
} from '../../support/infra/templates.ts';

const WithVariables = z.object({
  Environment: z.object({ Variables: z.record(z.string(), z.unknown()) }),
});
const WithExports = z.object({
  Outputs: z.record(z.string(), z.object({ Export: z.optional(z.object({ Name: z.string() })) })),
});
const exportsOf = (templates: Readonly<Record<string, Template>>): readonly string[] =>
  Object.values(templates).flatMap((template) =>
    Object.values(WithExports.parse(template.toJSON()).Outputs).flatMap(({ Export }) =>
      Export === undefined ? [] : [Export.Name],
    ),
  );

const SERVED_ROUTES = Object.values(routes)
  .filter(
    ({ context, access }) => hasContext({ orders: false }, context) && access !== 'storefront',
  )
  .map(({ method, path }) => `${method} ${path}`)
  .sort();

let templates: Readonly<Record<string, Template>>;
let resources: readonly Resource[];

beforeAll(() => {
  templates = synthesizeWithoutOrders({ monitoring: 'full' });
  resources = resourcesOf(templates);
});

describe('a stage with orders=false', () => {
  test('has neither orders nor payments', () => {
    expect(Object.keys(templates).sort()).toEqual([
      'inventory',
      'operations',
      'reconciliation',
      'shared',
    ]);
    expect(resourcesOfType(resources, 'AWS::StepFunctions::StateMachine')).toEqual([]);
  });

  // CloudFormation rejects an update that removes an export which another stack imports.
  test('keeps every export when orders are added', () => {
    const all = exportsOf(synthesizeTemplates({ monitoring: 'full' }));
    const kept = exportsOf(templates);

    expect(kept.length).toBeGreaterThan(10);
    expect(kept.filter((name) => !all.includes(name))).toEqual([]);
  });

  test('has the routes of the other contexts', () => {
    const served = resourcesOfType(resources, 'AWS::ApiGatewayV2::Route').map(({ properties }) =>
      String(properties.RouteKey),
    );

    expect(SERVED_ROUTES).toContain('PUT /reservations/{reservationId}');
    expect(served.sort()).toEqual(SERVED_ROUTES);
  });

  test('grants no route of orders or payments', () => {
    const granted = permissionsOf(resources).flatMap(({ statement }) =>
      [statement.Action].flat().includes('execute-api:Invoke') ? [statement.Resource].flat() : [],
    );

    expect(granted.length).toBeGreaterThan(3);
    expect(granted.filter((arn) => /orders|payments/.test(String(arn)))).toEqual([]);
  });

  test('consumes no event of orders', () => {
    const sources = resourcesOfType(resources, 'AWS::Events::Rule').map(({ properties }) =>
      JSON.stringify(properties.EventPattern),
    );

    expect(sources.length).toBeGreaterThan(0);
    expect(sources.filter((pattern) => pattern?.includes('stockbook.orders'))).toEqual([]);
  });

  test('is one to reconciliation and the dead-letter API', () => {
    const settings = resourcesOfType(resources, 'AWS::Lambda::Function').flatMap((one) => {
      const { ORDERS } =
        z.safeParse(WithVariables, one.properties).data?.Environment.Variables ?? {};
      return ORDERS === undefined ? [] : [[one.name.split('/')[0], ORDERS]];
    });

    expect(new Set(settings.map(([stack]) => stack))).toEqual(
      new Set(['reconciliation', 'operations']),
    );
    expect(new Set(settings.map(([, value]) => value))).toEqual(new Set(['false']));
  });
});
