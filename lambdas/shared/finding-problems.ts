import { conflict, notFound } from './problem.ts';

export const noSuchFinding = notFound('NOT_FOUND', { detail: 'There is no such finding.' });

export const findingOver = conflict('FINDING_OVER', {
  detail: 'This finding is over already.',
  shows: ['findingStatus'],
});
