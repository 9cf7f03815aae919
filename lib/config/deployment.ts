import type { ContextReader } from './context-reader.ts';
import { keysOf, type Options } from './option.ts';

export const DEPLOYMENT_OPTIONS = {
  rollout: {
    meaning:
      'how a new version of a function replaces the old one: `allAtOnce`; `canary`: 10% for five minutes; `linear`: 10% more each minute. CodeDeploy turns a failing `canary` or `linear` rollout back',
    fallback: '`allAtOnce`',
  },
  encryption: {
    meaning:
      '`customer-managed` encrypts tables, queues, topic, bus and logs with a KMS key that the app creates and rotates; `aws-managed` with keys of AWS',
    fallback: '`aws-managed`',
  },
  schemaRegistry: {
    meaning: '`true` puts the schemas of the events into the schema registry of EventBridge too',
    fallback: '`false`',
  },
} as const satisfies Options<string>;
export const DEPLOYMENT_KEYS = keysOf(DEPLOYMENT_OPTIONS);

export type Rollout = 'allAtOnce' | 'canary' | 'linear';

export type DeploymentConfig = {
  readonly rollout: Rollout;
  readonly encryption: 'aws-managed' | 'customer-managed';
  readonly schemaRegistry: boolean;
};

/** Reads how the app is rolled out and encrypted. */
export const deploymentConfig = (
  read: ContextReader<keyof typeof DEPLOYMENT_OPTIONS>,
): DeploymentConfig => ({
  rollout: read.choice('rollout', ['allAtOnce', 'canary', 'linear']) ?? 'allAtOnce',
  encryption: read.choice('encryption', ['aws-managed', 'customer-managed']) ?? 'aws-managed',
  schemaRegistry: read.flag('schemaRegistry', false),
});
