import { setTimeout as delay } from 'node:timers/promises';
import type { HttpBindings } from '@hono/node-server';
import { Hono } from 'hono';
import { ACCOUNT_ID } from '../account.ts';
import type { Invoke } from '../functions/invoke.ts';
import type { Observer } from '../functions/observation.ts';
import { type Cors, preflightResponse, withCorsHeaders } from './cors.ts';
import {
  type AuthorizerContext,
  type HttpRequest,
  headersOf,
  pathOf,
  toHttpEvent,
  toResponse,
} from './http-event.ts';
import { canInvoke, type Principal, verifySignature } from './iam-authorizer.ts';
import { authorizeJwt, challengeOf } from './jwt-authorizer.ts';
import { matchRoute, type Route, type RouteMatch } from './routes.ts';

export type Api = {
  readonly id: string;
  readonly routes: readonly Route[];
  readonly principals: ReadonlyMap<string, Principal>;
  /** CORS configuration. Undefined when scripts of other origins may not call the API. */
  readonly cors?: Cors | undefined;
  readonly invoke: Invoke;
  readonly observe?: Observer | undefined;
};

/** https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-quotas.html */
const BODY_BYTES_MAX = 10 * 1024 * 1024;

const errorResponse = (
  status: number,
  message: string,
  headers: Record<string, string> = {},
): Response => Response.json({ message }, { status, headers });

/**
 * Creates the HTTP API. `api` returns undefined until the templates are loaded; until then the
 * gateway responds 503. Its port is needed earlier, because the templates contain it.
 */
export function createGateway(api: () => Api | undefined) {
  const app = new Hono<{ Bindings: HttpBindings }>();
  app.all('*', async (context) => {
    const current = api();
    if (current === undefined) return errorResponse(503, 'Service Unavailable');
    const { incoming } = context.env;
    const body = await readBody(context.req.raw);
    if (body === undefined) return errorResponse(413, 'Request Entity Too Large');
    const request = {
      method: context.req.method,
      target: incoming.url ?? '/',
      headers: headersOf(incoming),
      body,
      sourceIp: incoming.socket.remoteAddress ?? '',
    };
    const { cors } = current;
    if (cors === undefined) return handleRequest(current, request);
    return (
      preflightResponse(cors, request) ??
      withCorsHeaders(cors, request, await handleRequest(current, request))
    );
  });
  return app;
}

async function handleRequest(api: Api, request: HttpRequest): Promise<Response> {
  const match = matchRoute(api.routes, request.method, pathOf(request.target));
  if (match === undefined) return errorResponse(404, 'Not Found');
  const response = await invokeRoute(api, match, request);
  const { routeKey, access } = match.route;
  api.observe?.({ kind: 'request', routeKey, access: access.kind, status: response.status });
  return response;
}

async function invokeRoute(api: Api, match: RouteMatch, request: HttpRequest): Promise<Response> {
  const authorized = await authorize(api, match.route, request);
  if (authorized instanceof Response) return authorized;

  const { functionArn, timeoutMilliseconds } = match.route;
  const timedOut = new AbortController();
  const result = await Promise.race([
    api.invoke(functionArn, toHttpEvent(request, match, api.id, authorized)),
    delay(timeoutMilliseconds, undefined, { signal: timedOut.signal }).catch(() => undefined),
  ]);
  timedOut.abort();
  if (result === undefined) return errorResponse(503, 'Service Unavailable');
  return (
    (result.ok ? toResponse(result.payload) : undefined) ??
    errorResponse(500, 'Internal Server Error')
  );
}

async function authorize(
  api: Api,
  { access }: Route,
  request: HttpRequest,
): Promise<AuthorizerContext | Response> {
  switch (access.kind) {
    case 'none':
      return undefined;
    case 'jwt': {
      const verdict = await authorizeJwt(request.headers.authorization, access);
      if (verdict.kind !== 'allowed') {
        const headers = { 'www-authenticate': challengeOf(verdict, access.scopes) };
        return verdict.kind === 'unauthorized'
          ? errorResponse(401, 'Unauthorized', headers)
          : errorResponse(403, 'Forbidden', headers);
      }
      return { jwt: { claims: verdict.claims, scopes: verdict.scopes } };
    }
    case 'iam': {
      const { method, target, headers, body } = request;
      const url = `http://${headers.host ?? ''}${target}`;
      const principal = await verifySignature(
        { method, url, headers, body },
        api.principals,
        Date.now(),
      );
      if (principal === undefined || !canInvoke(principal, api.id, method, pathOf(target))) {
        return errorResponse(403, 'Forbidden');
      }
      const { accessKeyId: accessKey, userArn } = principal;
      return {
        iam: {
          accessKey,
          accountId: ACCOUNT_ID,
          callerId: accessKey,
          cognitoIdentity: null,
          principalOrgId: null,
          userArn,
          userId: accessKey,
        },
      };
    }
  }
}

/** Reads the body. Returns undefined, and stops reading, when it is too large. */
async function readBody({ body }: Request): Promise<Uint8Array<ArrayBuffer> | undefined> {
  if (body === null) return new Uint8Array();
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of body) {
    bytes += chunk.byteLength;
    if (bytes > BODY_BYTES_MAX) return undefined;
    chunks.push(chunk);
  }
  return new Uint8Array(Buffer.concat(chunks));
}
