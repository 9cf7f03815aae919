import middy from '@middy/core';
import type { APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import { systemClock } from '../core/clock.ts';
import { RetryLaterError } from '../core/errors.ts';
import type { Instant } from '../core/instant.ts';
import { logger } from '../observability/logger.ts';
import type { HttpEvent } from './http-event.ts';
import { toProblemResponse } from './problem-details.ts';

/** Maximum size of a message. Its signature covers the bytes as they were sent. */
export const WEBHOOK_BYTES_MAX = 256 * 1024;

type WebhookOptions = {
  /** Name of the header with the signature, in lower case. */
  readonly signatureHeader: string;
  /** Undefined in a stage that does not use the sender: each message then gets 404. */
  readonly run:
    | ((body: string, signature: string, now: Instant) => Promise<WebhookOutcome>)
    | undefined;
};
type WebhookOutcome = 'processed' | 'invalidSignature' | 'ignored';

/**
 * Makes the handler of a route for signed messages of an external service. Responds with 400, and
 * changes nothing, if the signature does not match the body. Responds with 2xx only if the message
 * was processed, because the service sends every other message again.
 * https://docs.stripe.com/webhooks#retries
 */
export function webhookHandler({ signatureHeader: header, run }: WebhookOptions) {
  return middy<HttpEvent, APIGatewayProxyStructuredResultV2>().handler(async (event) => {
    const { requestId } = event.requestContext;
    if (run === undefined)
      return toProblemResponse(
        {
          status: 404,
          code: 'WEBHOOK_NOT_CONFIGURED',
          title: 'Not found',
          detail:
            'This stage does not use the sender of this message. Remove this URL from the settings of the sender.',
        },
        requestId,
      );
    const bytes = Buffer.from(event.body ?? '', event.isBase64Encoded ? 'base64' : 'utf8');
    const signature = event.headers[header];
    const isVerifiable = signature !== undefined && bytes.byteLength <= WEBHOOK_BYTES_MAX;
    const outcome = isVerifiable
      ? await outcomeOrRetryLater(run(bytes.toString('utf8'), signature, systemClock()))
      : 'invalidSignature';
    if (outcome instanceof RetryLaterError) {
      logger.error('webhook not processed', outcome, {
        route: event.routeKey,
        correlationId: requestId,
      });
      return toProblemResponse(
        {
          status: 503,
          code: 'RETRY_LATER',
          title: 'Try again later',
          detail: 'The message was not processed. Send it again.',
          retryAfterSeconds: outcome.retryAfterSeconds,
        },
        requestId,
      );
    }
    logger.info('webhook received', { route: event.routeKey, correlationId: requestId, outcome });
    if (outcome === 'invalidSignature')
      return toProblemResponse(
        {
          status: 400,
          code: 'INVALID_SIGNATURE',
          title: 'Invalid request',
          detail: `The signature in the header ${header} does not match this body.`,
        },
        requestId,
      );
    return {
      statusCode: 200,
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ outcome }),
    };
  });
}

async function outcomeOrRetryLater(
  run: Promise<WebhookOutcome>,
): Promise<WebhookOutcome | RetryLaterError> {
  try {
    return await run;
  } catch (error) {
    if (error instanceof RetryLaterError) return error;
    throw error;
  }
}
