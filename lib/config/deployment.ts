import type * as z from 'zod/mini';
import { choice, flag, optionWithDefault } from './option.ts';

export const DEPLOYMENT_OPTIONS = {
  rollout: optionWithDefault(choice('allAtOnce', 'canary', 'linear'), 'allAtOnce', {
    description:
      'How traffic moves to a new version of a function. `allAtOnce`: immediately. `canary`: 10% for five minutes, then all. `linear`: 10% more each minute. CodeDeploy rolls back a failing `canary` or `linear` deployment',
  }),
  encryption: optionWithDefault(choice('aws-managed', 'customer-managed'), 'aws-managed', {
    description:
      'Encryption of tables, queues, the topic, the bus and logs. `customer-managed`: with a KMS key that the stack creates and rotates. `aws-managed`: with keys that AWS manages',
  }),
  schemaRegistry: optionWithDefault(flag(), false, {
    description: '`true` also publishes the event schemas to the EventBridge schema registry',
  }),
};

export type Rollout = z.output<typeof DEPLOYMENT_OPTIONS.rollout>;
