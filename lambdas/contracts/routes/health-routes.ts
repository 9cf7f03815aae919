import type { Route } from './route.ts';

export const getHealth = {
  context: 'api',
  method: 'GET',
  path: '/health',
  access: 'public',
  summary: 'Check that the API responds',
  responses: { 200: { description: '`{ "status": "ok", "version": … }`' } },
} as const satisfies Route;
