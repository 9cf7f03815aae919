import { conflict } from './problem-details.ts';

/** Refusals of repairs, which every context answers alike. */
export const versionConflict = conflict('VERSION_CONFLICT', {
  detail:
    'The record is no longer what was audited. Nothing was changed; the next audit looks again.',
});

export const countSuperseded = conflict('COUNT_SUPERSEDED', {
  detail:
    'The last count of this location is not older than this one, so this one moves nothing. Nothing was changed.',
  exposes: ['lastCount'],
});

export const notRepairable = conflict('NOT_REPAIRABLE', {
  detail: 'What is on record does not allow this repair. Nothing was changed.',
});
