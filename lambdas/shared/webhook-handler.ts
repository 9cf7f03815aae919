import middy from '@middy/core';
import type { APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import { systemClock } from './clock.ts';
import type { HttpEvent } from './http-request.ts';
import type { Instant } from './instant.ts';
import { log } from './logger.ts';
import { problemResponse } from './problem.ts';

/** A sender's event is read as it was sent: its signature is of its bytes. */
export const WEBHOOK_BYTES_MAX = 256 * 1024;

type Webhook = {
  /** The header that has the signature, in lower case. */
  readonly signature: string;
  readonly run: (body: string, signature: string, now: Instant) => Promise<'taken' | 'forged' | 'other'>;
};

/** A route that a service outside calls, which signs what it sends. What is not signed by it is 400, and changes nothing. */
export function webhookHandler({ signature: header, run }: Webhook) {
  return middy<HttpEvent, APIGatewayProxyStructuredResultV2>().handler(async (event) => {
    const { requestId } = event.requestContext;
    const bytes = Buffer.from(event.body ?? '', event.isBase64Encoded ? 'base64' : 'utf8');
    const signature = event.headers[header];
    const isRead = signature !== undefined && bytes.byteLength <= WEBHOOK_BYTES_MAX;
    const outcome = isRead ? await run(bytes.toString('utf8'), signature, systemClock()) : 'forged';
    log.info('webhook', { route: event.routeKey, correlationId: requestId, outcome });
    if (outcome === 'forged')
      return problemResponse(
        {
          status: 400,
          code: 'INVALID_SIGNATURE',
          title: 'Invalid request',
          detail: `The header ${header} does not sign this body.`,
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
