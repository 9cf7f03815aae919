import type { Call, Service } from '../service-calls.ts';
import type { Invocation } from './invocation.ts';

const SERVICES: Readonly<Record<string, Service>> = {
  DynamoDB_20120810: 'dynamodb',
  DynamoDBStreams_20120810: 'streams',
  AWSEvents: 'events',
  AWSStepFunctions: 'states',
  AmazonSQS: 'sqs',
  Logs_20140328: 'logs',
};

/** Position of a call in its invocation, and the lines of source that make it. */
export type CallOrigin = { readonly index: number; readonly callSites: readonly string[] };

export type SdkRequest = {
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array | string;
};

export type LambdaInvokeRequest = { readonly functionArn: string; readonly payload: unknown };

// https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html
const INVOKE_PATH = /\/functions\/([^/]+)\/invocations$/;

/** Returns the call that a request of the SDK's HTTP handler makes. */
export function toAwsCall(
  invocation: Invocation,
  { path, headers, body }: SdkRequest,
  origin: CallOrigin = { index: 0, callSites: [] },
): Call {
  const text = typeof body === 'string' ? body : new TextDecoder().decode(body);
  return {
    invocation,
    ...toServiceOperation(path, headers['x-amz-target'], JSON.parse(text) as unknown),
    ...origin,
    attempt: Number(/attempt=(\d+)/.exec(headers['amz-sdk-request'] ?? '')?.[1] ?? 1),
  };
}

function toServiceOperation(
  path: string,
  target: string | undefined,
  request: unknown,
): Pick<Call, 'service' | 'operation' | 'request'> {
  const invoked = INVOKE_PATH.exec(path)?.[1];
  if (invoked !== undefined) {
    const invokeRequest: LambdaInvokeRequest = {
      functionArn: decodeURIComponent(invoked),
      payload: request,
    };
    return { service: 'lambda', operation: 'Invoke', request: invokeRequest };
  }
  const [prefix = '', operation = ''] = (target ?? '').split('.');
  const service = SERVICES[prefix];
  if (service === undefined) throw new Error(`The simulator does not support ${target ?? path}.`);
  return { service, operation, request };
}

export type HttpCallRequest = {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | undefined;
};

/** Returns the call that a signed HTTP request makes. */
export function toHttpCall(
  invocation: Invocation,
  { url, init }: { readonly url: string; readonly init: RequestInit },
  from: CallOrigin,
  attempt: number,
): Call {
  const { pathname, search } = new URL(url);
  const method = init.method ?? 'GET';
  const request: HttpCallRequest = {
    method,
    path: pathname + search,
    // Signed requests have plain headers and text bodies.
    headers: (init.headers ?? {}) as Record<string, string>,
    body: init.body as string | undefined,
  };
  const operation = `${method} ${pathname.split('/')[1] ?? ''}`;
  return { invocation, service: 'http', operation, ...from, attempt, request };
}
