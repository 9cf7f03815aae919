import {
  DeadLetterList,
  DeadLetterQueueList,
  DeadLetterReport,
  DiscardRequest,
  RedriveRequest,
} from '../../../lambdas/contracts/dead-letters-api.ts';
import type { DocumentedRoute } from './routes.ts';

/** What could not be handled, for operators. */
export const DEAD_LETTER_ROUTES: readonly DocumentedRoute[] = [
  {
    route: 'GET /dead-letters',
    summary: 'The dead letter queues, and how many messages lie in each',
    access: 'operations',
    answers: { 200: { description: 'All of them', schema: DeadLetterQueueList } },
  },
  {
    route: 'GET /dead-letters/{queue}',
    summary:
      'The messages of a queue, 50 at most: what each is, why it failed, what has become of its order, and whether to redrive it',
    access: 'operations',
    answers: { 200: { description: 'The oldest first', schema: DeadLetterList } },
    problems: { 404: ['NOT_FOUND'] },
  },
  {
    route: 'POST /dead-letters/{queue}/redrive',
    summary:
      'Send messages on their way again, 50 at most: those named, or all but the superseded and unreadable',
    access: 'operations',
    body: RedriveRequest,
    answers: { 200: { description: 'What became of each', schema: DeadLetterReport } },
    problems: { 404: ['NOT_FOUND'] },
  },
  {
    route: 'POST /dead-letters/{queue}/discard',
    summary: 'Throw messages away; the answer has what they were',
    access: 'operations',
    body: DiscardRequest,
    answers: { 200: { description: 'What became of each', schema: DeadLetterReport } },
    problems: { 404: ['NOT_FOUND'] },
  },
];
