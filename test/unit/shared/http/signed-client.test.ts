import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { RetryLaterError } from '../../../../lambdas/shared/core/errors.ts';
import { SignedClient } from '../../../../lambdas/shared/http/signed-client.ts';

/** Far longer than a test waits: only a deadline can end a request earlier. */
const TIMEOUT_MILLISECONDS = 60_000;

let silent: Server;
let requests = 0;
let client: SignedClient;

beforeAll(async () => {
  silent = createServer(() => {
    requests += 1;
  });
  await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
  client = new SignedClient({
    url: `http://127.0.0.1:${(silent.address() as AddressInfo).port}`,
    region: 'us-east-1',
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
    timeoutMilliseconds: TIMEOUT_MILLISECONDS,
    serviceName: 'the service',
  });
});
afterAll(() => {
  silent.closeAllConnections();
  silent.close();
});

describe('a request with a deadline', () => {
  test('fails at that time', async () => {
    const sent = client.send('GET', '/audit', {
      correlationId: 'corr',
      deadline: Date.now() + 100,
    });

    await expect(sent).rejects.toBeInstanceOf(RetryLaterError);
  });

  test('is not sent after that time', async () => {
    const before = requests;

    const sent = client.send('GET', '/audit', { correlationId: 'corr', deadline: Date.now() });

    await expect(sent).rejects.toThrow('There was no time left to call the service.');
    expect(requests).toBe(before);
  });
});
