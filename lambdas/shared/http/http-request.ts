import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import * as z from 'zod/mini';
import en from 'zod/v4/locales/en.js';
import { ProblemError } from './problem-details.ts';
import { validationMessage } from './validation-message.ts';

z.config(en());

export const BODY_BYTES_MAX = 16 * 1024;
export const IDEMPOTENCY_KEY_CHARACTERS_MAX = 255;

/** Who asks: a person or a program with a token (its `sub`), or a service that signed with IAM (its ARN). */
export type Caller = { readonly kind: 'user' | 'service'; readonly id: string };

/** What both authorizers of an HTTP API put there. https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html */
export type HttpEvent = Omit<APIGatewayProxyEventV2, 'requestContext'> & {
  readonly requestContext: APIGatewayProxyEventV2['requestContext'] & {
    readonly authorizer?: {
      readonly jwt?: { readonly claims: Readonly<Record<string, unknown>> };
      readonly iam?: { readonly userArn?: string };
    };
  };
};

export type ListOptions = {
  readonly cursor?: string | undefined;
  readonly limit?: number | undefined;
};

/** The part of a request named `where`, validated; throws 400 VALIDATION_FAILED with every issue. */
export function validate<Schema extends z.ZodMiniType>(
  schema: Schema,
  value: unknown,
  location: 'body' | 'path' | 'query',
): z.infer<Schema> {
  const result = schema.safeParse(value, { reportInput: true });
  if (result.success) return result.data;
  throw invalidRequestError(
    location,
    result.error.issues.flatMap((issue) => toFieldErrors(issue, location)),
  );
}

export const invalidRequestError = (
  location: 'body' | 'path' | 'query',
  errors: readonly { readonly path: string; readonly message: string }[],
): ProblemError =>
  new ProblemError({
    status: 400,
    code: 'VALIDATION_FAILED',
    title: 'Invalid request',
    detail: `The ${location} failed validation.`,
    extra: { errors },
  });

type Issue = z.core.$ZodIssue;

function toFieldErrors(issue: Issue, location: string): { path: string; message: string }[] {
  const path = [location, ...issue.path.map(String)].join('.');
  const message = validationMessage(issue);
  if (issue.code !== 'unrecognized_keys') return [{ path, message }];
  return issue.keys.map((key) => ({ path: `${path}.${key}`, message }));
}

/** Returns the JSON of a body of at most 16 KB. Where no field is known, no body is the same as `{}`; else it throws 400. */
export function parseJsonBody(event: HttpEvent, isRequired: boolean): unknown {
  const bytes = Buffer.from(event.body ?? '', event.isBase64Encoded ? 'base64' : 'utf8');
  if (bytes.byteLength > BODY_BYTES_MAX) {
    throw new ProblemError({
      status: 413,
      code: 'BODY_TOO_LARGE',
      title: 'Request too large',
      detail: `A body has at most ${BODY_BYTES_MAX} bytes.`,
    });
  }
  if (bytes.byteLength === 0) {
    if (!isRequired) return {};
    throw new ProblemError({
      status: 400,
      code: 'VALIDATION_FAILED',
      title: 'Invalid request',
      detail: 'This route requires a JSON body.',
      extra: { errors: [{ path: 'body', message: 'is required' }] },
    });
  }
  if (
    !/^application\/(json|[a-z0-9.+-]+\+json)\s*(;|$)/i.test(event.headers['content-type'] ?? '')
  ) {
    throw new ProblemError({
      status: 415,
      code: 'UNSUPPORTED_MEDIA_TYPE',
      title: 'Unsupported media type',
      detail: 'Send JSON with Content-Type: application/json.',
    });
  }
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch {
    throw new ProblemError({
      status: 400,
      code: 'MALFORMED_JSON',
      title: 'Invalid request',
      detail: 'The body is not JSON in UTF-8.',
    });
  }
}

export function idempotencyKeyOf(event: HttpEvent): string {
  const key = event.headers['idempotency-key'];
  if (key === undefined || key === '') {
    throw new ProblemError({
      status: 400,
      code: 'IDEMPOTENCY_KEY_REQUIRED',
      title: 'Invalid request',
      detail: `Send an Idempotency-Key header of 1 to ${IDEMPOTENCY_KEY_CHARACTERS_MAX} characters, new for each new request.`,
    });
  }
  if (key.length > IDEMPOTENCY_KEY_CHARACTERS_MAX) {
    throw new ProblemError({
      status: 400,
      code: 'VALIDATION_FAILED',
      title: 'Invalid request',
      detail: `An Idempotency-Key has at most ${IDEMPOTENCY_KEY_CHARACTERS_MAX} characters.`,
      extra: {
        errors: [
          {
            path: 'headers.idempotency-key',
            message: `must have at most ${IDEMPOTENCY_KEY_CHARACTERS_MAX} characters`,
          },
        ],
      },
    });
  }
  return key;
}

/** Throws 403 for a token that names nobody; the authorizer has checked everything else. */
export function callerOf(event: HttpEvent): Caller {
  const { jwt, iam } = event.requestContext.authorizer ?? {};
  const subject = jwt?.claims.sub ?? jwt?.claims.client_id;
  if (typeof subject === 'string' && subject !== '') return { kind: 'user', id: subject };
  if (iam?.userArn) return { kind: 'service', id: iam.userArn };
  throw new ProblemError({
    status: 403,
    code: 'NO_SUBJECT',
    title: 'Forbidden',
    detail: 'The token has neither sub nor client_id.',
  });
}
