export type { AwsCredentials, Identity } from './authorize.ts';
export {
  type ClientOptions,
  createClient,
  newIdempotencyKey,
  type StockbookClient,
} from './client.ts';
export { type EventType, isEvent, type StockbookEvent } from './events.ts';
export type { components, operations, paths } from './generated/openapi.ts';
export {
  hasCode,
  type Problem,
  type ProblemCode,
  type ProblemOf,
  StockbookError,
  unwrap,
} from './problems.ts';
export type { RetryOptions } from './retry.ts';
