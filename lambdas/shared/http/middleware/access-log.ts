import { logger } from '../../observability/logger.ts';
import type { HttpMiddleware } from './http-context.ts';

/**
 * Logs each request that a use case completed or rejected, with its route, status and correlation
 * id.
 */
export const accessLog = (): HttpMiddleware => ({
  after: ({ event, context, response }) => {
    const { correlationId, rejection } = context.http;
    logger.info(rejection === undefined ? 'request completed' : 'request rejected', {
      route: event.routeKey,
      correlationId,
      status: response?.statusCode,
      ...(rejection && { code: rejection.code }),
    });
  },
});
