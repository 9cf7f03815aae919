import {
  DeadLetterList,
  DeadLetterQueueList,
  DeadLetterQueuePath,
  DeadLetterReport,
  DiscardRequest,
  MESSAGES_PER_REQUEST_MAX,
  RedriveRequest,
} from '../api/dead-letters.ts';
import type { Route } from './route.ts';

export const listDeadLetters = {
  context: 'dead-letters',
  method: 'GET',
  path: '/dead-letters',
  access: 'operations',
  summary: 'List the dead-letter queues with their message counts',
  responses: { 200: { description: 'All queues', schema: DeadLetterQueueList } },
} as const satisfies Route;

export const explainDeadLetters = {
  context: 'dead-letters',
  method: 'GET',
  path: '/dead-letters/{queue}',
  access: 'operations',
  summary: `List up to ${MESSAGES_PER_REQUEST_MAX} messages of a queue, each with its content, its cause, the current state of its order and advice`,
  params: DeadLetterQueuePath,
  responses: { 200: { description: 'Messages, oldest first', schema: DeadLetterList } },
  errors: { 404: ['NOT_FOUND'] },
} as const satisfies Route;

export const redriveDeadLetters = {
  context: 'dead-letters',
  method: 'POST',
  path: '/dead-letters/{queue}/redrive',
  access: 'operations',
  summary: `Redrive up to ${MESSAGES_PER_REQUEST_MAX} messages: those named, or all except superseded and unreadable ones`,
  idempotent: true,
  params: DeadLetterQueuePath,
  body: RedriveRequest,
  responses: { 200: { description: 'The result for each message', schema: DeadLetterReport } },
  errors: { 404: ['NOT_FOUND'] },
} as const satisfies Route;

export const discardDeadLetters = {
  context: 'dead-letters',
  method: 'POST',
  path: '/dead-letters/{queue}/discard',
  access: 'operations',
  summary: 'Delete messages and return their content',
  idempotent: true,
  params: DeadLetterQueuePath,
  body: DiscardRequest,
  responses: { 200: { description: 'The result for each message', schema: DeadLetterReport } },
  errors: { 404: ['NOT_FOUND'] },
} as const satisfies Route;
