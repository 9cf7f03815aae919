import type { Request } from '../../capacity/actions.ts';

/** A request as received, with its sender. */
export type DynamoDbRequest = Request & {
  readonly headers: Readonly<Record<string, string>>;
  readonly bytes: Buffer;
  /** API of the request: requests to streams are forwarded unchanged. */
  readonly api: 'DynamoDB' | 'DynamoDBStreams';
  /** Access key that signed the request. */
  readonly caller: string;
  readonly userAgent: string;
};

export type DynamoDbResponse = {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly bytes: Buffer;
};

const JSON_TYPE = 'application/x-amz-json-1.0';
const OK = 200;
const BAD_REQUEST = 400;
const TARGET = /^(DynamoDB|DynamoDBStreams)_20120810\.(\w+)$/;

/** Throws for a request that is not in DynamoDB's JSON protocol. */
export function toDynamoDbRequest(
  headers: Readonly<Record<string, string>>,
  bytes: Buffer,
): DynamoDbRequest {
  const [, api, operation] = TARGET.exec(headers['x-amz-target'] ?? '') ?? [];
  if (operation === undefined) throw new Error('no operation of DynamoDB in x-amz-target');
  return {
    api: api === 'DynamoDB' ? 'DynamoDB' : 'DynamoDBStreams',
    operation,
    body: JSON.parse(bytes.toString('utf8')),
    headers,
    bytes,
    caller: /Credential=([^/]+)\//.exec(headers.authorization ?? '')?.[1] ?? '',
    userAgent: headers['user-agent'] ?? '',
  };
}

/** Returns a request of the proxy itself. DynamoDB Local accepts any signature. */
export const internalRequest = (
  operation: string,
  body: Readonly<Record<string, unknown>>,
): DynamoDbRequest =>
  toDynamoDbRequest(
    {
      'x-amz-target': `DynamoDB_20120810.${operation}`,
      'content-type': JSON_TYPE,
      authorization:
        'AWS4-HMAC-SHA256 Credential=local/20260101/us-east-1/dynamodb/aws4_request, SignedHeaders=host, Signature=0',
    },
    Buffer.from(JSON.stringify(body)),
  );

export const withBody = (
  incoming: DynamoDbRequest,
  body: Readonly<Record<string, unknown>>,
): DynamoDbRequest => ({
  ...incoming,
  body,
  bytes: Buffer.from(JSON.stringify(body)),
});

export const parseBody = <Body>(response: DynamoDbResponse): Body =>
  JSON.parse(response.bytes.toString('utf8'));

export const isSuccess = ({ status }: DynamoDbResponse): boolean => status === OK;

/** Returns the exception of a response; undefined for a success. */
export const exceptionNameOf = (response: DynamoDbResponse): string | undefined =>
  isSuccess(response)
    ? undefined
    : String(parseBody<{ __type?: string }>(response).__type).split('#').at(-1);

export const successResponse = (body: unknown): DynamoDbResponse => toResponse(OK, body);

const SERVICE = 'com.amazonaws.dynamodb.v20120810';
/** Returns an error with its name where the AWS SDKs look for it. */
export const exceptionResponse = (
  name: string,
  message: string,
  more: object = {},
  prefix = SERVICE,
): DynamoDbResponse =>
  toResponse(BAD_REQUEST, { __type: `${prefix}#${name}`, message, Message: message, ...more });

function toResponse(status: number, body: unknown): DynamoDbResponse {
  const bytes = Buffer.from(JSON.stringify(body));
  return {
    status,
    headers: { 'content-type': JSON_TYPE, 'content-length': String(bytes.length) },
    bytes,
  };
}
