import type { Hono } from 'hono';
import * as z from 'zod/mini';
import { UserError } from '../errors.ts';
import { FaultRequest } from './fault.ts';
import type { Faults } from './faults.ts';

export const FAULTS_PATH = '/faults';

/**
 * Adds the resource of the faults: GET returns `{ faults }`, POST sets one fault and returns it
 * with status 201, and DELETE removes all faults. A wrong request returns status 400 with a
 * `message`.
 */
export function addFaultRoutes(app: Hono, faults: Faults): void {
  app.get(FAULTS_PATH, (context) => context.json({ faults: faults.list() }));
  app.post(FAULTS_PATH, async (context) => {
    const request = FaultRequest.safeParse(await context.req.json().catch(() => undefined));
    if (!request.success) {
      const message = `The request is not a fault:\n${z.prettifyError(request.error)}`;
      return context.json({ message }, 400);
    }
    try {
      return context.json(faults.set(request.data), 201);
    } catch (error) {
      if (error instanceof UserError) return context.json({ message: error.message }, 400);
      throw error;
    }
  });
  app.delete(FAULTS_PATH, (context) => {
    faults.clear();
    return context.body(null, 204);
  });
}
