import middy from '@middy/core';
import type { APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import { version } from '../health-wiring.ts';

const body = JSON.stringify({ status: 'ok', version: version() });

/** Says that the API answers. No caller, and nothing read: it must answer while everything else is away. */
export const handler = middy<unknown, APIGatewayProxyStructuredResultV2>().handler(async () => ({
  statusCode: 200,
  headers: { 'content-type': 'application/json' },
  body,
}));
