import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { err, ok } from '../../../../../lambdas/shared/core/result.ts';
import { send } from '../../../../support/http/http-event.ts';
import {
  createThingHandler,
  type ThingError,
  VALID_BODY,
} from '../../../../support/http/http-route.ts';

beforeEach(() => {
  vi.spyOn(process.stdout, 'write').mockReturnValue(true);
});
afterEach(() => {
  vi.restoreAllMocks();
});

const full: ThingError = { kind: 'full', retryAfterSeconds: 1 };
const gone: ThingError = { kind: 'gone' };

test.each([
  ['counts a rejection of a named kind', err(full), [{ ThingsFull: 1 }]],
  ['does not count a rejection of another kind', err(gone), []],
  ['does not count a completed request', ok({ name: 'thing' }), []],
])('%s', async (_case, result, expected) => {
  const counts: Readonly<Record<string, number>>[] = [];
  const writer = {
    putMetrics: () => {},
    putCounts: (added: Readonly<Record<string, number>>) => counts.push(added),
  };

  await send(
    createThingHandler(async () => result, writer),
    { body: VALID_BODY },
  );

  expect(counts).toEqual(expected);
});
