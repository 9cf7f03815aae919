import { arnOf } from './account.ts';
import type { Invoke } from './functions.ts';
import { tableOfStream } from './physical-names.ts';
import { type Poller, pollQueue } from './queue-poller.ts';
import type { Queues } from './queues.ts';
import type { Properties } from './resource-types.ts';
import type { Resources } from './resources.ts';
import { pollStream } from './stream-poller.ts';

type Mapping = Properties<'AWS::Lambda::EventSourceMapping'>;

export type MappingPorts = {
  readonly queues: Queues;
  readonly invoke: Invoke;
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

/** Starts every event source mapping of the templates. */
export async function startMappings(
  resources: Resources,
  { queues, invoke, dynamodbEndpoint }: MappingPorts,
): Promise<Poller> {
  const startOne = ({ name, properties: given }: { name: string; properties: Mapping }): Promise<Poller> => {
    // A template names the function, by its name.
    const properties = { ...given, FunctionName: arnOf('lambda', `function:${given.FunctionName}`) };
    if (tableOfStream(properties.EventSourceArn) === undefined) {
      refuse(name, 'queue', properties, STREAM_ONLY);
      return pollQueue(properties, queues, invoke);
    }
    refuse(name, 'stream', properties, ['MaximumBatchingWindowInSeconds']);
    return pollStream(properties, { endpoint: dynamodbEndpoint, invoke, send: queues.send });
  };
  const pollers = await Promise.all(resources.of('AWS::Lambda::EventSourceMapping').map(startOne));
  return {
    stop: async () => {
      await Promise.all(pollers.map((poller) => poller.stop()));
    },
  };
}

function refuse(
  name: string,
  source: string,
  mapping: Mapping,
  properties: readonly (keyof Mapping)[],
): void {
  const unknown = properties.find((property) => mapping[property] !== undefined);
  if (unknown === undefined) return;
  throw new Error(
    `mapping ${name}: the local runtime does not know ${unknown} of a mapping from a ${source}`,
  );
}
