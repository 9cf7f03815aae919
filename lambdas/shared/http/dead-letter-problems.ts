import { notFound } from './problem-details.ts';

export const queueNotFound = notFound('NOT_FOUND', {
  detail: 'There is no such dead letter queue: GET /dead-letters lists them.',
});
