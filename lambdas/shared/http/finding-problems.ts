import { conflict, notFound } from './problem.ts';

export const noSuchFinding = notFound('NOT_FOUND', { detail: 'There is no such finding.' });

export const findingOver = conflict('FINDING_OVER', {
  detail: 'This finding is over already.',
  shows: ['findingStatus'],
});

export const findingChanged = conflict('FINDING_CHANGED', {
  detail:
    'The finding says or proposes something else than the revision that you name. Nothing was changed. Read it again, and name its revision.',
  shows: ['revision'],
});
