import { DEVELOPER_CREDENTIALS } from '../../../local/account.ts';
import { type AuthorizerContext, toHttpEvent } from '../../../local/api/http-event.ts';
import { matchRoute, type Route } from '../../../local/api/routes.ts';
import type { InvokeResult } from '../../../local/functions/invoke.ts';
import type { VirtualTime } from '../virtual-time.ts';
import { isTermination } from './invocation.ts';

export type Caller = { readonly user: string } | { readonly service: string } | 'anyone';
export type ApiRequest = {
  readonly body?: unknown;
  readonly key?: string;
  readonly by: Caller;
  readonly headers?: Readonly<Record<string, string>>;
};
export type ApiResponse<Body = Readonly<Record<string, unknown>>> = {
  readonly status: number;
  readonly body: Body;
  readonly headers?: Readonly<Record<string, string>>;
};

type Settings = {
  readonly routes: readonly Route[];
  readonly time: VirtualTime;
  readonly invoke: (functionArn: string, event: unknown) => Promise<InvokeResult>;
  /**
   * Called for each request that returns 500 because its handler threw, and not because its
   * function crashed.
   */
  readonly onServerError: (what: string) => void;
};

/** The HTTP API behind its authorizers: the caller's identity is trusted. */
export class SimulatedApi {
  readonly #settings: Settings;

  constructor(settings: Settings) {
    this.#settings = settings;
  }

  async handle(method: string, target: string, request: ApiRequest): Promise<ApiResponse<unknown>> {
    const match = matchRoute(this.#settings.routes, method, target.split('?', 1)[0] ?? '');
    if (match === undefined) return { status: 404, body: { message: 'Not Found' } };
    const text = request.body === undefined ? '' : JSON.stringify(request.body);
    const headers = {
      ...(text === '' ? {} : { 'content-type': 'application/json' }),
      ...(request.key === undefined ? {} : { 'idempotency-key': request.key }),
      ...request.headers,
    };
    const event = toHttpEvent(
      { method, target, headers, body: new Uint8Array(Buffer.from(text)), sourceIp: '127.0.0.1' },
      match,
      'simulation',
      authorizerContextOf(request.by),
    );
    const { functionArn, timeoutMilliseconds } = match.route;
    let cancel = (): void => undefined;
    const late = new Promise<undefined>((resolve) => {
      cancel = this.#settings.time.schedule(timeoutMilliseconds, () => resolve(undefined));
    });
    const result = await Promise.race([this.#settings.invoke(functionArn, event), late]);
    cancel();
    if (result === undefined) return { status: 503, body: { message: 'Service Unavailable' } };
    if (!result.ok) {
      const { errorType, errorMessage } = result.error;
      if (!isTermination(errorType))
        this.#settings.onServerError(
          `${method} ${target} returned 500: ${errorType}: ${errorMessage}`,
        );
      return { status: 500, body: { message: 'Internal Server Error' } };
    }
    // The form of httpHandler's responses.
    const { statusCode, ...response } = result.payload as {
      readonly statusCode: number;
      readonly headers: Readonly<Record<string, string>>;
      /** Absent in a 304. */
      readonly body?: string;
    };
    return {
      status: statusCode,
      headers: response.headers,
      body: response.body === undefined ? undefined : (JSON.parse(response.body) as unknown),
    };
  }
}

function authorizerContextOf(caller: Caller): AuthorizerContext {
  if (caller === 'anyone') return undefined;
  return 'user' in caller
    ? { jwt: { claims: { sub: caller.user }, scopes: null } }
    : { iam: { userArn: caller.service, accessKey: DEVELOPER_CREDENTIALS.accessKeyId } };
}
