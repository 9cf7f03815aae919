import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { ACCOUNT_ID } from '../account.ts';
import { decodeSegment, type RouteMatch } from './routes.ts';

export type HttpRequest = {
  readonly method: string;
  /** Path and query as the client sent them. */
  readonly target: string;
  /** Headers by lower-case name. Several values of a name are joined by commas. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array<ArrayBuffer>;
  readonly sourceIp: string;
};

/** Part of the request context that an authorizer adds. */
export type AuthorizerContext =
  | {
      readonly jwt: {
        readonly claims: Readonly<Record<string, string>>;
        readonly scopes: readonly string[] | null;
      };
    }
  | { readonly iam: Readonly<Record<string, string | null>> }
  | undefined;

const TEXT_TYPE =
  /^(text\/.*|application\/(.*\+)?(json|xml)|application\/(javascript|x-www-form-urlencoded))\s*(;|$)/i;

export function headersOf(incoming: IncomingMessage): Record<string, string> {
  const headers: Record<string, string> = {};
  const raw = incoming.rawHeaders;
  for (let index = 0; index < raw.length; index += 2) {
    const name = (raw[index] ?? '').toLowerCase();
    const value = raw[index + 1] ?? '';
    headers[name] = name in headers ? `${headers[name]},${value}` : value;
  }
  return headers;
}

export const pathOf = (target: string): string => target.split('?', 1)[0] ?? '/';
const queryOf = (target: string): string =>
  target.includes('?') ? target.slice(target.indexOf('?') + 1) : '';

/**
 * Returns the event of payload format 2.0.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html
 */
export function toHttpEvent(
  request: HttpRequest,
  { route, pathParameters }: RouteMatch,
  apiId: string,
  authorizer: AuthorizerContext,
) {
  const { cookie, ...headers } = request.headers;
  const rawPath = pathOf(request.target).split('/').map(decodeSegment).join('/');
  const rawQueryString = queryOf(request.target);
  const isText = TEXT_TYPE.test(headers['content-type'] ?? '');
  const now = new Date();
  const host = headers.host ?? '';
  return {
    version: '2.0',
    routeKey: route.routeKey,
    rawPath,
    rawQueryString,
    ...(cookie === undefined ? {} : { cookies: cookie.split(/;\s*/) }),
    headers,
    ...(rawQueryString === ''
      ? {}
      : { queryStringParameters: joinQueryParameters(rawQueryString) }),
    ...(Object.keys(pathParameters).length === 0 ? {} : { pathParameters }),
    requestContext: {
      accountId: ACCOUNT_ID,
      apiId,
      ...(authorizer === undefined ? {} : { authorizer }),
      domainName: host,
      domainPrefix: host.split('.')[0],
      http: {
        method: request.method,
        path: rawPath,
        protocol: 'HTTP/1.1',
        sourceIp: request.sourceIp,
        userAgent: headers['user-agent'] ?? '',
      },
      requestId: randomUUID(),
      routeKey: route.routeKey,
      stage: '$default',
      time: clfTime(now),
      timeEpoch: now.getTime(),
    },
    ...(request.body.byteLength === 0
      ? {}
      : { body: Buffer.from(request.body).toString(isText ? 'utf8' : 'base64') }),
    isBase64Encoded: request.body.byteLength > 0 && !isText,
  };
}

function joinQueryParameters(query: string): Record<string, string> {
  const joined: Record<string, string> = {};
  for (const [name, value] of new URLSearchParams(query)) {
    joined[name] = name in joined ? `${joined[name]},${value}` : value;
  }
  return joined;
}

/** Formats a time as in the common log format: `23/Nov/2026:12:00:00 +0000`. */
function clfTime(time: Date): string {
  const [, day, month, year, clock] =
    /^\w+, (\d+) (\w+) (\d+) ([\d:]+)/.exec(time.toUTCString()) ?? [];
  return `${day}/${month}/${year}:${clock} +0000`;
}

/**
 * Converts the result of a function to a response. Returns undefined for a form that API Gateway
 * rejects. A result without `statusCode` is the body of a 200.
 */
export function toResponse(result: unknown): Response | undefined {
  if (typeof result !== 'object' || result === null || !('statusCode' in result)) {
    const body = typeof result === 'string' ? result : JSON.stringify(result ?? null);
    return new Response(body, { headers: { 'content-type': 'application/json' } });
  }
  const {
    statusCode,
    headers = {},
    body,
    isBase64Encoded = false,
    cookies = [],
  } = result as {
    readonly statusCode: unknown;
    readonly headers?: Readonly<Record<string, string | number | boolean>>;
    readonly body?: unknown;
    readonly isBase64Encoded?: boolean;
    readonly cookies?: readonly string[];
  };
  const status = Number(statusCode);
  if (!Number.isInteger(status) || status < 200 || status > 599) return undefined;
  if (body !== undefined && typeof body !== 'string') return undefined;
  const responseHeaders = new Headers(
    Object.entries(headers).map(([name, value]): [string, string] => [name, String(value)]),
  );
  if (body !== undefined && !responseHeaders.has('content-type'))
    responseHeaders.set('content-type', 'text/plain; charset=utf-8');
  for (const cookie of cookies) responseHeaders.append('set-cookie', cookie);
  const bytes =
    body === undefined || hasNoBody(status)
      ? null
      : Buffer.from(body, isBase64Encoded ? 'base64' : 'utf8');
  return new Response(bytes, { status, headers: responseHeaders });
}

const hasNoBody = (status: number): boolean => status === 204 || status === 205 || status === 304;
