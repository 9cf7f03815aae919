import { notFound } from './problem.ts';

export const noSuchOrder = notFound('NOT_FOUND', { detail: 'There is no such order.' });
