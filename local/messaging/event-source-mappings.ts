import { arnOf } from '../account.ts';
import { tableOfStream } from '../cloud-assembly/resource-names.ts';
import type { Properties } from '../cloud-assembly/resource-types.ts';
import type { Resources } from '../cloud-assembly/resources.ts';
import { UserError } from '../errors.ts';
import type { Activity } from '../functions/activity.ts';
import type { Invoke } from '../functions/invoke.ts';
import type { InvokedBy, Observer } from '../functions/observation.ts';
import { pollStream } from '../streams/stream-poller.ts';
import { type Poller, pollQueue } from './queue-poller.ts';
import type { Queues } from './queues.ts';

type Mapping = Properties<'AWS::Lambda::EventSourceMapping'>;

export type MappingPorts = {
  readonly queues: Queues;
  readonly invokeBy: (by: InvokedBy) => Invoke;
  readonly observe?: Observer | undefined;
  readonly dynamodbEndpoint: string;
  readonly activity: Activity;
};

const STREAM_ONLY = [
  'FilterCriteria',
  'BisectBatchOnFunctionError',
  'MaximumRetryAttempts',
  'MaximumRecordAgeInSeconds',
  'DestinationConfig',
  'StartingPosition',
] as const satisfies readonly (keyof Mapping)[];

/**
 * Starts every event source mapping of the templates. Calls `started` for each one that runs, also
 * when another one fails.
 */
export async function startEventSourceMappings(
  resources: Resources,
  { queues, invokeBy, observe, dynamodbEndpoint, activity }: MappingPorts,
  onStarted: (poller: Poller) => void,
): Promise<void> {
  const startOne = (name: string, mapping: Mapping): Promise<Poller> => {
    // Templates identify a function by its name.
    const properties = {
      ...mapping,
      FunctionName: arnOf('lambda', `function:${mapping.FunctionName}`),
    };
    if (tableOfStream(properties.EventSourceArn) === undefined) {
      rejectProperties(name, 'queue', properties, STREAM_ONLY);
      return pollQueue(properties, queues, invokeBy('queue'), observe);
    }
    rejectProperties(name, 'stream', properties, ['MaximumBatchingWindowInSeconds']);
    return pollStream(properties, {
      endpoint: dynamodbEndpoint,
      invoke: invokeBy('stream'),
      send: queues.send,
      activity,
    });
  };
  const mappings = resources.ofType('AWS::Lambda::EventSourceMapping');
  const results = await Promise.allSettled(
    mappings.map(async ({ name, properties }) => onStarted(await startOne(name, properties))),
  );
  const failed = results.find((result) => result.status === 'rejected');
  if (failed !== undefined) throw failed.reason;
}

function rejectProperties(
  name: string,
  source: string,
  mapping: Mapping,
  properties: readonly (keyof Mapping)[],
): void {
  const unsupported = properties.find((property) => mapping[property] !== undefined);
  if (unsupported === undefined) return;
  throw new UserError(
    `mapping ${name}: the local runtime does not support ${unsupported} of a mapping from a ${source}`,
  );
}
