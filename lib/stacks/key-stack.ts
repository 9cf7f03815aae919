import { Stack } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import type { Config } from '../config.ts';
import { CustomerManagedKey } from '../constructs/security/customer-managed-key.ts';

/**
 * The KMS key of a stage with `encryption=customer-managed`. The stack is separate because the key
 * outlives the option: a stage that goes back to `aws` still needs the key for the messages, events
 * and logs that were written before. docs/runbook/customer-key.md describes its removal.
 */
export class KeyStack extends Stack {
  readonly key: CustomerManagedKey;

  constructor(scope: Construct, id: string, config: Config) {
    super(scope, id, { description: `Stockbook ${config.stage}: customer-managed KMS key` });
    this.key = new CustomerManagedKey(this, 'Key', config);
  }
}
