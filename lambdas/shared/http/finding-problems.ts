import { conflict, notFound } from './problem-details.ts';

export const findingNotFound = notFound('NOT_FOUND', { detail: 'There is no such finding.' });

export const findingAlreadyClosed = conflict('FINDING_ALREADY_CLOSED', {
  detail: 'This finding is over already.',
  exposes: ['findingStatus'],
});

export const findingChanged = conflict('FINDING_CHANGED', {
  detail:
    'The finding says or proposes something else than the revision that you name. Nothing was changed. Read it again, and name its revision.',
  exposes: ['revision'],
});
