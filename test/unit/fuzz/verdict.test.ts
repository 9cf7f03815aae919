import { describe, expect, test } from 'vitest';
import type { FuzzRequest } from '../../fuzz/requests.ts';
import { faultsOf } from '../../fuzz/verdict.ts';

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
    [
      'answered 500',
      { status: 500, type: 'application/json', body: '{"message":"Internal Server Error"}' },
    ],
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
