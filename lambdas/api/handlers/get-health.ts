import middy from '@middy/core';
import type { APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import { version } from '../health-wiring.ts';

const body = JSON.stringify({ status: 'ok', version: version() });

/** Returns 200 without authorization and without a read, so it works during any other outage. */
export const handler = middy<unknown, APIGatewayProxyStructuredResultV2>().handler(async () => ({
  statusCode: 200,
  headers: { 'content-type': 'application/json' },
  body,
}));
