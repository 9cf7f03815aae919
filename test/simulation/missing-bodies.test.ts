import { expect, inject, test } from 'vitest';
import document from '../../docs/openapi/openapi.json' with { type: 'json' };
import { idealConditions } from '../simulator/conditions.ts';
import { loadSystemModel } from '../simulator/system-model.ts';
import { World } from '../simulator/world.ts';

const routes = Object.entries(document.paths).flatMap(([path, operations]) =>
  Object.entries<object>(operations).map(([method, operation]) => ({
    route: `${method.toUpperCase()} ${path}`,
    isRequired: 'requestBody' in operation,
  })),
);
const systemModel = await loadSystemModel(inject('assembly'));

/** Returns the response to a request without a body, for records that do not exist. */
const requestWithoutBody = (route: string) =>
  new World(systemModel, idealConditions).run((world) =>
    world.request<{ code?: string; errors?: readonly object[] }>(
      route.replaceAll(/\{\w+\}/g, 'nothing-1'),
      {
        by: { user: 'alice' },
        key: 'key-1',
      },
    ),
  );

test.each(routes.filter(({ isRequired }) => isRequired))(
  '$route returns 400 without its required body',
  async ({ route }) => {
    expect(await requestWithoutBody(route)).toMatchObject({
      status: 400,
      body: { code: 'VALIDATION_FAILED', errors: [{ path: 'body', message: 'is required' }] },
    });
  },
);

test('the OpenAPI document requires more than 15 bodies', () => {
  expect(routes.filter(({ isRequired }) => isRequired).length).toBeGreaterThan(15);
});
