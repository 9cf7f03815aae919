import { describe, expect, test } from 'vitest';
import type { FuzzRequest } from '../../fuzz/requests.ts';
import { checkResponse } from '../../fuzz/response-checks.ts';

describe('checkResponse', () => {
  const request = { method: 'POST' } as FuzzRequest;
  const problem = (status: number, more: object = {}) => ({
    status,
    contentType: 'application/problem+json',
    body: JSON.stringify({ code: 'VALIDATION_FAILED', status, ...more }),
  });

  test('accepts a success, a problem document and a gateway error', () => {
    expect(
      checkResponse(request, { status: 200, contentType: 'application/json', body: '{}' }),
    ).toEqual([]);
    expect(checkResponse(request, problem(400))).toEqual([]);
    expect(
      checkResponse(request, {
        status: 403,
        contentType: 'application/json',
        body: '{"message":"Forbidden"}',
      }),
    ).toEqual([]);
  });

  test.each([
    [
      'returned 500',
      { status: 500, contentType: 'application/json', body: '{"message":"Internal Server Error"}' },
    ],
    ['neither a problem document', { ...problem(400), contentType: 'application/json' }],
    ['neither a problem document', problem(409, { status: 400 })],
    ['is not JSON', { status: 400, contentType: 'text/plain', body: 'bad request' }],
    ['leaks at ', problem(400, { detail: 'at parse (/var/task/index.mjs:1:2)' })],
    ['leaks ValidationException', problem(400, { detail: 'ValidationException: no such key' })],
    ['leaks TypeError', problem(400, { detail: 'TypeError: x is not a function' })],
  ])('reports "%s"', (problem, response) => {
    expect(checkResponse(request, response).join()).toContain(problem);
  });
});
