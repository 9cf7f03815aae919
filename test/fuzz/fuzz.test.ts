import { describe, expect, inject, test } from 'vitest';
import { fuzz } from '../../fuzz/fuzz.ts';
import type { FuzzRequest } from '../../fuzz/requests.ts';
import { thingsFor } from '../../fuzz/things.ts';
import { faultsOf } from '../../fuzz/verdict.ts';

/** `npm run fuzz` sends thousands. */
const REQUESTS = 300;
const SEED = Number(process.env.STOCKBOOK_SEED ?? 1);

const local = inject('localEndpoints');

test.runIf(local !== undefined)(
  'whatever is sent: no 5xx, no trace of the code, a problem document for a refusal, and nothing written for it',
  async () => {
    const target = {
      url: inject('apiUrl'),
      tokens: { customer: inject('aliceToken'), staff: inject('staffToken') },
    };

    const fuzzed = await fuzz({
      target,
      things: await thingsFor(target),
      seed: SEED,
      requests: REQUESTS,
      tables: { endpoint: local?.dynamodb ?? '', names: Object.values(local?.tables ?? {}) },
    });

    expect(fuzzed.violations).toEqual([]);
    expect(fuzzed.comparedRefusals).toBeGreaterThan(REQUESTS / 4);
    expect(fuzzed.byStatus[200] ?? 0).toBeGreaterThan(0);
  },
);

describe('what is held against an answer', () => {
  const asked = { method: 'POST' } as FuzzRequest;
  const problem = (status: number, more: object = {}) => ({
    status,
    type: 'application/problem+json',
    body: JSON.stringify({ code: 'VALIDATION_FAILED', status, ...more }),
  });

  test('a good one and a good refusal have no fault', () => {
    expect(faultsOf(asked, { status: 200, type: 'application/json', body: '{}' })).toEqual([]);
    expect(faultsOf(asked, problem(400))).toEqual([]);
    expect(
      faultsOf(asked, { status: 403, type: 'application/json', body: '{"message":"Forbidden"}' }),
    ).toEqual([]);
  });

  test.each([
    ['answered 500', { status: 500, type: 'application/json', body: '{"message":"Internal Server Error"}' }],
    ['no problem document', { ...problem(400), type: 'application/json' }],
    ['no problem document', problem(409, { status: 400 })],
    ['no JSON', { status: 400, type: 'text/plain', body: 'bad request' }],
    ['tells at ', problem(400, { detail: 'at parse (/var/task/index.mjs:1:2)' })],
    ['tells ValidationException', problem(400, { detail: 'ValidationException: no such key' })],
    ['tells TypeError', problem(400, { detail: 'TypeError: x is not a function' })],
  ])('%s', (fault, answer) => {
    expect(faultsOf(asked, answer).join()).toContain(fault);
  });
});
