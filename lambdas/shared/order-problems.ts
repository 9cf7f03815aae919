import { notFound, tooMany } from './problem.ts';

export const noSuchOrder = notFound('NOT_FOUND', { detail: 'There is no such order.' });

export const tooManyHolds = tooMany('TOO_MANY_HOLDS', {
  detail: 'You hold as much as one customer may. Pay for an order, cancel one, or wait until one expires.',
});
