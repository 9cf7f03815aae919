import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import {
  defaultProvider,
  EndpointCache,
  EventStreamSerde,
  eventStreamSerdeProvider,
  resolveEventStreamSerdeConfig,
} from '../../../lib/bundling/sdk-stubs.ts';

describe('credentials', () => {
  beforeEach(() => {
    vi.stubEnv('AWS_ACCESS_KEY_ID', 'AKIA');
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'secret');
    vi.stubEnv('AWS_SESSION_TOKEN', 'token');
  });
  afterEach(() => vi.unstubAllEnvs());

  test('are those in the environment of the function', async () => {
    expect(await defaultProvider()()).toMatchObject({
      accessKeyId: 'AKIA',
      secretAccessKey: 'secret',
      sessionToken: 'token',
    });
  });

  test.each(['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY'])(
    'are not read from another source without %s',
    async (variable) => {
      vi.stubEnv(variable, '');

      await expect(defaultProvider()()).rejects.toThrow(
        'Any source of credentials but the environment: excluded from the bundles, see lib/bundling/sdk-stubs.ts',
      );
    },
  );
});

test.each([
  ['endpoint discovery that looks for an endpoint', () => new EndpointCache().get()],
  ['endpoint discovery that keeps an endpoint', () => new EndpointCache().set()],
  ['endpoint discovery that asks whether it has one', () => new EndpointCache().has()],
  ['a stream of events that is read', () => new EventStreamSerde()],
  ['a stream of events that is sent', () => eventStreamSerdeProvider()],
])('%s throws an error that names the omitted package', (_, use) => {
  expect(use).toThrow(/^(Endpoint discovery|Event streams): excluded from the bundles/);
});

test('a client can be created if only some of its commands need event streams', () => {
  const config = { region: 'eu-west-1' };

  expect(resolveEventStreamSerdeConfig(config)).toBe(config);
});
