import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { REQUEST_ID, send } from '../../../../support/http/http-event.ts';
import { createRecordingHandler, VALID_BODY } from '../../../../support/http/http-route.ts';

beforeEach(() => {
  vi.spyOn(process.stdout, 'write').mockReturnValue(true);
});
afterEach(() => {
  vi.restoreAllMocks();
});

describe('a correlation id', () => {
  test.each([
    ['of 64 characters', 'x'.repeat(64), 'x'.repeat(64)],
    ['of 65 characters', 'x'.repeat(65), REQUEST_ID],
    ['with a line break', 'a\nb', REQUEST_ID],
    ['that is empty', '', REQUEST_ID],
  ])("is the caller's own if it is valid: %s", async (_case, given, id) => {
    const { handler, requests } = createRecordingHandler();

    const response = await send(handler, {
      body: VALID_BODY,
      headers: { 'x-correlation-id': given },
    });

    expect(response.headers).toMatchObject({ 'x-correlation-id': id });
    expect(requests[0]?.correlationId).toBe(id);
  });
});

describe('a deadline', () => {
  test('is passed to the use case with a margin for the response', async () => {
    const { handler, requests } = createRecordingHandler();
    const before = Date.now();

    await send(handler, { body: VALID_BODY }, 10_000);

    const [request] = requests;
    expect(request?.deadline).toBeGreaterThanOrEqual(before + 9_000);
    expect(request?.deadline).toBeLessThanOrEqual(Date.now() + 9_000);
  });
});
