import { inject } from 'vitest';
import { localClientConfig } from '../../../local/dynamodb/dynamodb.ts';
import { REGION } from './deployed-stage.ts';

/**
 * True when the tests reach the queues, tables and logs, of a local runtime or of a deployed stage.
 */
export const canReachAws = (): boolean =>
  inject('localEndpoints') !== undefined || inject('account') !== undefined;

/** Configuration of an AWS SDK client for the place under test. */
export function awsClientConfig(service: 'aws' | 'dynamodb' | 'sqs') {
  const local = inject('localEndpoints');
  return local === undefined ? { region: REGION } : localClientConfig(local[service]);
}

/** Name of the stage under test. */
export const stageName = (): string => inject('account')?.stage ?? 'dev';

/** Name of a context's table. Throws for one that does not exist. */
export function tableName(context: string): string {
  const name = (inject('localEndpoints') ?? inject('account'))?.tables[context];
  if (name === undefined) throw new Error(`the context ${context} has no table`);
  return name;
}
