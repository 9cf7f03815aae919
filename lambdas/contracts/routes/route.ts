import type * as z from 'zod/mini';
import type { Access } from '../access.ts';

type Schema = z.ZodMiniType;

/** HTTP route, as its function, its stack, the OpenAPI document and the clients share it. */
export type Route = {
  /** Folder in `lambdas/` with the handler. */
  readonly context: 'api' | 'inventory' | 'orders' | 'payments' | 'reconciliation' | 'dead-letters';
  readonly method: 'GET' | 'PUT' | 'PATCH' | 'POST' | 'DELETE';
  readonly path: `/${string}`;
  readonly access: Access;
  /** One line for the OpenAPI document. */
  readonly summary: string;
  /** Behaviour that a caller must know beyond the summary. */
  readonly description?: string;
  /** True for each POST that creates or moves something: it requires the header Idempotency-Key. */
  readonly idempotent?: true;
  /**
   * Reason why a POST needs no Idempotency-Key: its repeat is recognized by the state of its
   * resource, or by an id in its body, or it only reads.
   */
  readonly repeatedBy?: 'state' | 'stepId' | 'readOnly';
  /** Parameters in the path. */
  readonly params?: Schema;
  readonly query?: Schema;
  /** Descriptions of the query's parameters, except `cursor` and `limit` of a list. */
  readonly queryDescriptions?: Readonly<Record<string, string>>;
  readonly body?: Schema;
  /** True where a request may omit the body, which then reads as `{}`. */
  readonly isBodyOptional?: true;
  /** Successful responses by status. */
  readonly responses: Readonly<
    Record<number, { readonly description: string; readonly schema?: Schema }>
  >;
  /**
   * Header of a response 200 that caches may share among all callers. The response has an `ETag`,
   * and a request with that in `If-None-Match` gets 304.
   */
  readonly cacheControl?: string;
  /** Problem codes of this route by status. Codes of validation are common to all routes. */
  readonly errors?: Readonly<Record<number, readonly string[]>>;
};
