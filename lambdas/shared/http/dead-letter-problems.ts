import { notFound } from './problem.ts';

export const noSuchQueue = notFound('NOT_FOUND', {
  detail: 'There is no such dead letter queue: GET /dead-letters lists them.',
});
