import {
  type CloudWatchLogsClient,
  FilterLogEventsCommand,
  ResourceNotFoundException,
} from '@aws-sdk/client-cloudwatch-logs';
import * as z from 'zod/mini';
import type { QueueSetting } from '../../contracts/api/dead-letters.ts';
import type { ConsumerLogs, DeadLetter } from '../use-cases/ports.ts';

/**
 * Selects the lines that queueHandler and workHandler write about a failed message: only these have
 * both fields. The pattern does not use the level, because Lambda may rewrite it.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntax.html
 */
const FILTER_PATTERN = '{ $.messageId = "*" && $.error.message = "*" }';
/** Maximum number of pages, each of 10 000 lines or a megabyte. A request has no time for more. */
const PAGES_MAX = 5;
const LogLine = z.object({ messageId: z.string(), error: z.object({ message: z.string() }) });

export class CloudWatchConsumerLogs implements ConsumerLogs {
  readonly #client: CloudWatchLogsClient;
  readonly #logGroups: ReadonlyMap<string, string>;

  constructor(client: CloudWatchLogsClient, queues: readonly QueueSetting<'logGroup'>[]) {
    this.#client = client;
    this.#logGroups = new Map(queues.map(({ queue, logGroup }) => [queue, logGroup]));
  }

  async findErrors(
    queue: string,
    messages: readonly DeadLetter[],
  ): Promise<ReadonlyMap<string, string>> {
    const logGroupName = this.#logGroups.get(queue) ?? '';
    const errors = new Map<string, string>();
    if (logGroupName === '' || messages.length === 0) return errors;
    const messageIds = new Set(messages.map(({ messageId }) => messageId));
    let nextToken: string | undefined;
    for (let page = 0; page < PAGES_MAX; page += 1) {
      const found = await this.#page(
        logGroupName,
        Math.min(...messages.map(({ sentAt }) => sentAt)),
        nextToken,
      );
      for (const message of found.messages) {
        const line = LogLine.safeParse(parseJson(message));
        if (line.success && messageIds.has(line.data.messageId))
          errors.set(line.data.messageId, line.data.error.message);
      }
      nextToken = found.nextToken;
      if (nextToken === undefined) break;
    }
    return errors;
  }

  async #page(logGroupName: string, startTime: number, nextToken: string | undefined) {
    try {
      const { events = [], nextToken: next } = await this.#client.send(
        new FilterLogEventsCommand({
          logGroupName,
          filterPattern: FILTER_PATTERN,
          startTime,
          nextToken,
        }),
      );
      return { messages: events.map(({ message = '' }) => message), nextToken: next };
    } catch (error) {
      // A consumer that never ran has no log.
      if (error instanceof ResourceNotFoundException) return { messages: [], nextToken: undefined };
      throw error;
    }
  }
}

function parseJson(message: string): unknown {
  try {
    return JSON.parse(message);
  } catch {
    return undefined;
  }
}
