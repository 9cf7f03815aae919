import { randomUUID } from 'node:crypto';
import * as z from 'zod/mini';
import { ACCOUNT_ID, region } from '../account.ts';
import type { AwsAction } from '../api/aws-server.ts';
import { AwsError } from '../errors.ts';
import type { Observer } from '../functions/observation.ts';
import { compilePattern } from './event-pattern.ts';

export type Rule = {
  readonly busName: string;
  readonly pattern: unknown;
  /** Queues that are targets. */
  readonly queueArns: readonly string[];
  readonly topics: readonly TopicTarget[];
};
/** A topic that is a target. `textOf` returns the text of an event's notification. */
type TopicTarget = { readonly arn: string; readonly textOf: (event: unknown) => string };
/** Delivers the JSON of an event to a queue that is a target of a rule. */
export type Deliver = (targetArn: string, body: string) => Promise<void>;
/** Receives an event that a rule sends to a topic, as its type and the text of the notification. */
export type Notify = (detailType: string, text: string) => void;

export type EventBusPorts = {
  readonly deliver: Deliver;
  /** Default: notifications have no effect. */
  readonly notify?: Notify | undefined;
  readonly observe?: Observer | undefined;
};

/** https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEvents.html */
const ENTRIES_MAX = 10;
/** https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-putevent-size.html */
const REQUEST_BYTES_MAX = 1_048_576;
const TIME_BYTES = 14;

const Entry = z.object({
  EventBusName: z.optional(z.string()),
  Source: z.optional(z.string()),
  DetailType: z.optional(z.string()),
  Detail: z.optional(z.string()),
  Resources: z.optional(z.array(z.string())),
  /** Epoch seconds. */
  Time: z.optional(z.number()),
});
type Entry = z.infer<typeof Entry>;
const PutEvents = z.object({
  Entries: z.array(Entry).check(z.minLength(1), z.maxLength(ENTRIES_MAX)),
});

type EntryError = { readonly ErrorCode: string; readonly ErrorMessage: string };

/**
 * Event buses. Each event on a bus is delivered to the targets of every rule whose pattern matches.
 */
export class EventBuses {
  readonly #busNames: readonly string[];
  readonly #rules: readonly {
    busName: string;
    matches: (event: unknown) => boolean;
    queueArns: Rule['queueArns'];
    topics: Rule['topics'];
  }[];
  readonly #ports: EventBusPorts;

  constructor(names: readonly string[], rules: readonly Rule[], ports: EventBusPorts) {
    this.#busNames = names;
    this.#rules = rules.map(({ busName, pattern, queueArns, topics }) => ({
      busName: busNameOf(busName),
      matches: compilePattern(pattern),
      queueArns,
      topics,
    }));
    this.#ports = ports;
  }

  readonly actions: Readonly<Record<string, AwsAction>> = {
    'AWSEvents.PutEvents': async (request) => {
      const parsed = PutEvents.safeParse(request);
      if (!parsed.success) throw new AwsError('ValidationException', z.prettifyError(parsed.error));
      const bytes = parsed.data.Entries.reduce((sum, entry) => sum + entryBytesOf(entry), 0);
      if (bytes >= REQUEST_BYTES_MAX)
        throw new AwsError(
          'ValidationException',
          'Total size of the entries in the request is over the limit.',
        );
      const results: (EntryError | { readonly EventId: string })[] = [];
      for (const entry of parsed.data.Entries) results.push(await this.#put(entry));
      return {
        FailedEntryCount: results.filter((result) => 'ErrorCode' in result).length,
        Entries: results,
      };
    },
  };

  async #put(entry: Entry): Promise<EntryError | { readonly EventId: string }> {
    const busName = busNameOf(entry.EventBusName ?? 'default');
    const error = validateEntry(entry);
    if (error !== undefined) return error;
    if (!this.#busNames.includes(busName)) {
      return {
        ErrorCode: 'ResourceNotFoundException',
        ErrorMessage: `Event bus ${busName} does not exist.`,
      };
    }
    const event = eventOf(entry);
    const body = JSON.stringify(event);
    const rules = this.#rules.filter((rule) => rule.busName === busName && rule.matches(event));
    const queueArns = rules.flatMap((rule) => rule.queueArns);
    const topics = rules.flatMap((rule) => rule.topics);
    const detailType = event['detail-type'];
    const { deliver, notify, observe } = this.#ports;
    observe?.({
      kind: 'event',
      detailType,
      bytes: Buffer.byteLength(body),
      queueArns,
      topicArns: topics.map(({ arn }) => arn),
    });
    for (const { textOf } of topics) notify?.(detailType, textOf(event));
    for (const arn of queueArns) await deliver(arn, body);
    return { EventId: event.id };
  }
}

const entryBytesOf = ({
  Time,
  Source = '',
  DetailType = '',
  Detail = '',
  Resources = [],
}: Entry): number =>
  [Source, DetailType, Detail, ...Resources].reduce(
    (sum, text) => sum + Buffer.byteLength(text),
    Time === undefined ? 0 : TIME_BYTES,
  );

/** Returns the name of a bus from its name or its ARN. */
const busNameOf = (nameOrArn: string): string => nameOrArn.replace(/^arn:.*:event-bus\//, '');

const missingParameter = (parameter: string): EntryError => ({
  ErrorCode: 'InvalidArgument',
  ErrorMessage: `Parameter ${parameter} is not valid. Reason: ${parameter} is a required argument.`,
});

function validateEntry({ Source, DetailType, Detail }: Entry): EntryError | undefined {
  if (!Source) return missingParameter('Source');
  if (!DetailType) return missingParameter('DetailType');
  if (!Detail) return missingParameter('Detail');
  if (Source.startsWith('aws.')) {
    return {
      ErrorCode: 'NotAuthorizedForSourceException',
      ErrorMessage: `Not authorized for the source ${Source}.`,
    };
  }
  try {
    const detail: unknown = JSON.parse(Detail);
    if (typeof detail === 'object' && detail !== null && !Array.isArray(detail)) return undefined;
  } catch {
    // Falls through to the error for JSON that is not an object.
  }
  return { ErrorCode: 'MalformedDetail', ErrorMessage: 'Detail is malformed.' };
}

/** https://docs.aws.amazon.com/eventbridge/latest/ref/overiew-event-structure.html */
const eventOf = ({ Source, DetailType = '', Detail = '{}', Resources = [], Time }: Entry) => ({
  version: '0',
  id: randomUUID(),
  'detail-type': DetailType,
  source: Source,
  account: ACCOUNT_ID,
  // EventBridge writes whole seconds.
  time: new Date(Time === undefined ? Date.now() : Time * 1_000)
    .toISOString()
    .replace(/\.\d+Z$/, 'Z'),
  region: region(),
  resources: Resources,
  detail: JSON.parse(Detail) as unknown,
});
