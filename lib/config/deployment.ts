import type * as z from 'zod/mini';
import { choice, flag, optionWithDefault } from './option.ts';

export const DEPLOYMENT_OPTIONS = {
  rollout: optionWithDefault(choice('allAtOnce', 'canary', 'linear'), 'allAtOnce', {
    description:
      'how a new version of a function replaces the old one: `allAtOnce`; `canary`: 10% for five minutes; `linear`: 10% more each minute. CodeDeploy rolls a failing `canary` or `linear` deployment back',
  }),
  encryption: optionWithDefault(choice('aws-managed', 'customer-managed'), 'aws-managed', {
    description:
      '`customer-managed` encrypts tables, queues, topic, bus and logs with a KMS key that the app creates and rotates; `aws-managed` with keys of AWS',
  }),
  schemaRegistry: optionWithDefault(flag(), false, {
    description:
      '`true` puts the schemas of the events into the schema registry of EventBridge too',
  }),
};

export type Rollout = z.output<typeof DEPLOYMENT_OPTIONS.rollout>;
