import * as z from 'zod/mini';
import en from 'zod/v4/locales/en.js';
import { ProblemError } from './problem-details.ts';
import { validationMessage } from './validation-message.ts';

z.config(en());

export type RequestPart = 'body' | 'path' | 'query';

/**
 * Parses a part of a request with its schema. Throws 400 VALIDATION_FAILED with every issue.
 */
export function validate<Schema extends z.ZodMiniType>(
  schema: Schema,
  value: unknown,
  location: RequestPart,
): z.infer<Schema> {
  const result = schema.safeParse(value, { reportInput: true });
  if (result.success) return result.data;
  throw invalidRequestError(
    location,
    result.error.issues.flatMap((issue) => toFieldErrors(issue, location)),
  );
}

export const invalidRequestError = (
  location: RequestPart,
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
