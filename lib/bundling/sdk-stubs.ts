import { fromEnv } from '@aws-sdk/credential-provider-env';

/**
 * What stands in the bundles for parts of the AWS SDK that a function does not use (lib/bundling/bundle-lambdas.ts puts it there; docs/adr/0018). Where
 * one of them is needed after all, it says so.
 */
class ExcludedFromBundleError extends Error {
  override readonly name = 'ExcludedFromBundleError';

  constructor(what: string, options?: ErrorOptions) {
    super(`${what}: left out of the bundles, see lib/bundling/sdk-stubs.ts`, options);
  }
}

/**
 * For @aws-sdk/credential-provider-node, which looks in profiles, SSO, containers and EC2 as well. Lambda gives a function its role's
 * credentials in the environment. https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html#configuration-envvars-runtime
 */
export const defaultProvider = (init?: Parameters<typeof fromEnv>[0]) => {
  const fromEnvironment = fromEnv(init);
  return async () => {
    try {
      return await fromEnvironment();
    } catch (cause) {
      throw new ExcludedFromBundleError('Any source of credentials but the environment', { cause });
    }
  };
};

/** For @aws-sdk/endpoint-cache. DynamoDB's endpoints are discovered for clients that ask for it; no client here does. */
export class EndpointCache {
  getEndpoint(): never {
    throw new ExcludedFromBundleError('Endpoint discovery');
  }
  readonly get = this.getEndpoint;
  readonly set = this.getEndpoint;
  readonly has = this.getEndpoint;
}

/** For @smithy/core/event-streams: answers that go on and on, as of a live tail of logs. */
export class EventStreamSerde {
  constructor() {
    throw new ExcludedFromBundleError('Event streams');
  }
}
export const eventStreamSerdeProvider = () => new EventStreamSerde();
/** Of a client that has such commands among others: they fail when they are sent. */
export const resolveEventStreamSerdeConfig = <Config>(config: Config): Config => config;
