import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import * as z from 'zod/mini';
import { ok } from '../../../../../lambdas/shared/core/result.ts';
import { cacheableResponse } from '../../../../../lambdas/shared/http/cacheable-response.ts';
import { httpHandler } from '../../../../../lambdas/shared/http/http-handler.ts';
import { REQUEST_ID, send } from '../../../../support/http/http-event.ts';
import {
  createThingHandler,
  PROBLEM_HEADERS,
  VALID_BODY,
} from '../../../../support/http/http-route.ts';

const CACHE_CONTROL = 'public, max-age=5, stale-while-revalidate=30';

/** Returns the handler of a route without credentials, whose body has the time and this content. */
const createCacheableHandler = (content: unknown, at = '12:00') =>
  httpHandler(
    {
      method: 'GET',
      path: '/shop',
      access: 'storefront',
      query: z.strictObject({ page: z.string() }),
    },
    {
      run: async () => ok(content),
      respond: (items) => cacheableResponse({ at, items }, items, CACHE_CONTROL),
      errors: {},
    },
  );

const sendPublic = (handler: ReturnType<typeof createCacheableHandler>, ifNoneMatch?: string) =>
  send(handler, {
    method: 'GET',
    authorizer: undefined,
    query: { page: '1' },
    headers: { 'if-none-match': ifNoneMatch },
  });
const etagOf = async (content: unknown, at?: string): Promise<string> =>
  String((await sendPublic(createCacheableHandler(content, at))).headers?.etag);

beforeEach(() => {
  vi.spyOn(process.stdout, 'write').mockReturnValue(true);
});
afterEach(() => {
  vi.restoreAllMocks();
});

describe('a cacheable response', () => {
  test('has its cache policy, a weak ETag and Vary, and needs no caller', async () => {
    const response = await sendPublic(createCacheableHandler(['tea']));

    expect(response).toEqual({
      status: 200,
      headers: {
        'content-type': 'application/json',
        'cache-control': CACHE_CONTROL,
        etag: expect.stringMatching(/^W\/"[\w-]{32}"$/),
        vary: 'Origin',
        'x-correlation-id': REQUEST_ID,
      },
      body: { at: '12:00', items: ['tea'] },
    });
  });

  test('has an ETag that depends on the content and not on the rest of the body', async () => {
    expect(await etagOf(['tea'], '12:01')).toBe(await etagOf(['tea'], '12:00'));
    expect(await etagOf(['cup'])).not.toBe(await etagOf(['tea']));
  });

  test('is a problem that no cache keeps if the request is invalid', async () => {
    const response = await send(createCacheableHandler(['tea']), {
      method: 'GET',
      authorizer: undefined,
      headers: { 'if-none-match': '*' },
    });

    expect(response).toMatchObject({ status: 400, headers: PROBLEM_HEADERS });
  });
});

describe('a request with If-None-Match', () => {
  test('gets 304 without a body and with the same caching headers if it has the ETag', async () => {
    const etag = await etagOf(['tea']);

    const response = await sendPublic(createCacheableHandler(['tea'], '12:01'), etag);

    expect(response).toEqual({
      status: 304,
      headers: {
        'cache-control': CACHE_CONTROL,
        etag,
        vary: 'Origin',
        'x-correlation-id': REQUEST_ID,
      },
      body: null,
    });
  });

  test.each([
    ['among others', (etag: string) => `"a", ${etag} , "b"`],
    ['as a strong one', (etag: string) => etag.replace('W/', '')],
    ['as any response', () => '*'],
  ])('gets 304 if it has the ETag %s', async (_case, formatKnown) => {
    const known = formatKnown(await etagOf(['tea']));

    expect((await sendPublic(createCacheableHandler(['tea']), known)).status).toBe(304);
  });

  test.each([
    ['another ETag', () => 'W/"other"'],
    ['no ETag', () => ''],
    ['a part of the ETag', (etag: string) => etag.slice(0, -2)],
    ['the ETag without quotes', (etag: string) => etag.replaceAll(/W\/|"/g, '')],
  ])('gets the response if it has %s', async (_case, formatKnown) => {
    const known = formatKnown(await etagOf(['tea']));

    const response = await sendPublic(createCacheableHandler(['tea']), known);

    expect(response).toMatchObject({ status: 200, body: { items: ['tea'] } });
  });

  test('gets the response of a route without an ETag', async () => {
    const response = await send(createThingHandler(), {
      body: VALID_BODY,
      headers: { 'if-none-match': '*' },
    });

    expect(response).toMatchObject({ status: 201, body: { name: 'thing' } });
  });
});
