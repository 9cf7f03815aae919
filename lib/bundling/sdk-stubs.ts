import { fromEnv } from '@aws-sdk/credential-provider-env';

/**
 * Thrown by the stubs of this file, which replace packages of the AWS SDK that no function uses
 * (lib/bundling/bundle-lambdas.ts, docs/adr/0018).
 */
class ExcludedFromBundleError extends Error {
  override readonly name = 'ExcludedFromBundleError';

  constructor(what: string, options?: ErrorOptions) {
    super(`${what}: excluded from the bundles, see lib/bundling/sdk-stubs.ts`, options);
  }
}

/**
 * Stub of @aws-sdk/credential-provider-node, which also searches profiles, SSO, containers and EC2.
 * Lambda provides the credentials of a function in its environment.
 * https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html#configuration-envvars-runtime
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

/**
 * Stub of @aws-sdk/endpoint-cache. Only clients with endpoint discovery need it, and no client here
 * uses that.
 */
export class EndpointCache {
  getEndpoint(): never {
    throw new ExcludedFromBundleError('Endpoint discovery');
  }
  readonly get = this.getEndpoint;
  readonly set = this.getEndpoint;
  readonly has = this.getEndpoint;
}

/**
 * Stub of @smithy/core/event-streams, for responses that are event streams, such as a live tail of
 * logs.
 */
export class EventStreamSerde {
  constructor() {
    throw new ExcludedFromBundleError('Event streams');
  }
}
export const eventStreamSerdeProvider = () => new EventStreamSerde();
/**
 * Accepts the settings of a client that has such commands among others. The commands fail when they
 * are sent.
 */
export const resolveEventStreamSerdeConfig = <Config>(config: Config): Config => config;
