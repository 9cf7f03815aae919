import { arnOf } from '../account.ts';
import { tableOfStream } from '../cloud-assembly/physical-names.ts';
import type { Properties } from '../cloud-assembly/resource-types.ts';
import type { Resources } from '../cloud-assembly/resources.ts';
import type { Invoke } from '../functions/functions.ts';
import type { InvokedBy, Observe } from '../observation.ts';
import { Refusal } from '../refusal.ts';
import { pollStream } from '../streams/stream-poller.ts';
import { type Poller, pollQueue } from './queue-poller.ts';
import type { Queues } from './queues.ts';

type Mapping = Properties<'AWS::Lambda::EventSourceMapping'>;

export type MappingPorts = {
  readonly queues: Queues;
  readonly invokeBy: (by: InvokedBy) => Invoke;
  readonly observe?: Observe | undefined;
  readonly dynamodbEndpoint: string;
};

const STREAM_ONLY = [
  'FilterCriteria',
  'BisectBatchOnFunctionError',
  'MaximumRetryAttempts',
  'MaximumRecordAgeInSeconds',
  'DestinationConfig',
  'StartingPosition',
] as const satisfies readonly (keyof Mapping)[];

/** Starts every event source mapping of the templates; each that runs is told to `started`, also when another one fails. */
export async function startMappings(
  resources: Resources,
  { queues, invokeBy, observe, dynamodbEndpoint }: MappingPorts,
  started: (poller: Poller) => void,
): Promise<void> {
  const startOne = (name: string, given: Mapping): Promise<Poller> => {
    // A template names the function, by its name.
    const properties = {
      ...given,
      FunctionName: arnOf('lambda', `function:${given.FunctionName}`),
    };
    if (tableOfStream(properties.EventSourceArn) === undefined) {
      refuse(name, 'queue', properties, STREAM_ONLY);
      return pollQueue(properties, queues, invokeBy('queue'), observe);
    }
    refuse(name, 'stream', properties, ['MaximumBatchingWindowInSeconds']);
    return pollStream(properties, {
      endpoint: dynamodbEndpoint,
      invoke: invokeBy('stream'),
      send: queues.send,
    });
  };
  const mappings = resources.of('AWS::Lambda::EventSourceMapping');
  const results = await Promise.allSettled(
    mappings.map(async ({ name, properties }) => started(await startOne(name, properties))),
  );
  const failed = results.find((result) => result.status === 'rejected');
  if (failed !== undefined) throw failed.reason;
}

function refuse(
  name: string,
  source: string,
  mapping: Mapping,
  properties: readonly (keyof Mapping)[],
): void {
  const unknown = properties.find((property) => mapping[property] !== undefined);
  if (unknown === undefined) return;
  throw new Refusal(
    `mapping ${name}: the local runtime does not know ${unknown} of a mapping from a ${source}`,
  );
}
