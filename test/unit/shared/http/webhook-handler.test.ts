import { expect, test } from 'vitest';
import { RetryLaterError } from '../../../../lambdas/shared/core/errors.ts';
import { webhookHandler } from '../../../../lambdas/shared/http/webhook-handler.ts';
import { send } from '../../../support/http/http-event.ts';

const sendWebhook = (run: () => Promise<'processed' | 'invalidSignature' | 'ignored'>) =>
  send(webhookHandler({ signatureHeader: 'x-signature', run }), {
    headers: { 'x-signature': 's' },
    body: '{}',
  });

test.each([
  ['processed', 200],
  ['ignored', 200],
  ['invalidSignature', 400],
] as const)('a message that is %s is answered %i', async (outcome, status) => {
  expect((await sendWebhook(async () => outcome)).status).toBe(status);
});

test('a message that could not be processed gets 503, so that it is sent again', async () => {
  const response = await sendWebhook(async () => {
    throw new RetryLaterError('the provider did not respond', { retryAfterSeconds: 3 });
  });

  expect(response).toMatchObject({ status: 503, body: { code: 'RETRY_LATER' } });
});

test('any other error is thrown, and API Gateway returns 500', async () => {
  const defect = sendWebhook(async () => {
    throw new Error('a defect');
  });

  await expect(defect).rejects.toThrow('a defect');
});

test('a message to a stage that does not use its sender is 404, signed or not', async () => {
  const closed = webhookHandler({ signatureHeader: 'x-signature', run: undefined });

  for (const headers of [{}, { 'x-signature': 's' }])
    expect(await send(closed, { headers, body: '{}' })).toMatchObject({
      status: 404,
      body: { code: 'WEBHOOK_NOT_CONFIGURED' },
    });
});
