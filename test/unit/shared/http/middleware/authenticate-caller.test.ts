import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { AS_ALICE, send } from '../../../../support/http/http-event.ts';
import {
  aProblem,
  createRecordingHandler,
  VALID_BODY,
} from '../../../../support/http/http-route.ts';

beforeEach(() => {
  vi.spyOn(process.stdout, 'write').mockReturnValue(true);
});
afterEach(() => {
  vi.restoreAllMocks();
});

describe('the caller', () => {
  test.each([
    ['the sub of a token', AS_ALICE, { kind: 'user', id: 'alice' }],
    [
      'the client_id of a token without sub',
      { jwt: { claims: { client_id: 'program' } } },
      { kind: 'user', id: 'program' },
    ],
    [
      'the ARN that signed',
      { iam: { userArn: 'arn:aws:sts::0:x' } },
      { kind: 'service', id: 'arn:aws:sts::0:x' },
    ],
  ])('is %s', async (_case, authorizer, caller) => {
    const { handler, requests } = createRecordingHandler();

    await send(handler, { body: VALID_BODY, authorizer });

    expect(requests[0]?.caller).toEqual(caller);
  });

  test.each([
    ['no authorizer', undefined],
    ['no claims', { jwt: { claims: {} } }],
    ['an empty sub', { jwt: { claims: { sub: '' } } }],
    ['a sub that is not text', { jwt: { claims: { sub: 17 } } }],
    ['no ARN', { iam: {} }],
  ])('without an identity is rejected: %s', async (_case, authorizer) => {
    const { handler, requests } = createRecordingHandler();

    const response = await send(handler, { body: VALID_BODY, authorizer });

    expect([response.status, response.body]).toEqual([
      403,
      aProblem(403, 'NO_SUBJECT', 'Forbidden', 'The token has neither sub nor client_id.'),
    ]);
    expect(requests).toEqual([]);
  });
});
