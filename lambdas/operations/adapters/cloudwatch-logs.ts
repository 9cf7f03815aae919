import {
  type CloudWatchLogsClient,
  FilterLogEventsCommand,
  ResourceNotFoundException,
} from '@aws-sdk/client-cloudwatch-logs';
import * as z from 'zod/mini';
import { readDeadLetterLines } from '../../contracts/dead-letters-api.ts';
import type { ConsumerLogs, Letter } from '../use-cases/ports.ts';

/**
 * Selects the lines that queueHandler and workHandler write of a message that fails: only these have both fields. The level is not
 * asked for, because Lambda may rewrite it.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntax.html
 */
const PATTERN = '{ $.messageId = "*" && $.error.message = "*" }';
/** Of 10 000 lines or a megabyte each; a request has no time for more. */
const PAGES_MAX = 5;
const Line = z.object({ messageId: z.string(), error: z.object({ message: z.string() }) });

export class CloudWatchConsumerLogs implements ConsumerLogs {
  readonly #client: CloudWatchLogsClient;
  readonly #logGroups: ReadonlyMap<string, string>;

  /** `more` of a line is the log group of the consumer; empty where there is none that says anything of single messages. */
  constructor(client: CloudWatchLogsClient, lines: string) {
    this.#client = client;
    this.#logGroups = new Map(readDeadLetterLines(lines).map(({ queue, more }) => [queue, more]));
  }

  async faultsOf(queue: string, letters: readonly Letter[]): Promise<ReadonlyMap<string, string>> {
    const logGroupName = this.#logGroups.get(queue) ?? '';
    const faults = new Map<string, string>();
    if (logGroupName === '' || letters.length === 0) return faults;
    const wanted = new Set(letters.map(({ messageId }) => messageId));
    let nextToken: string | undefined;
    for (let page = 0; page < PAGES_MAX; page += 1) {
      const found = await this.#page(
        logGroupName,
        Math.min(...letters.map(({ sentAt }) => sentAt)),
        nextToken,
      );
      for (const message of found.messages) {
        const line = Line.safeParse(parsed(message));
        if (line.success && wanted.has(line.data.messageId))
          faults.set(line.data.messageId, line.data.error.message);
      }
      nextToken = found.nextToken;
      if (nextToken === undefined) break;
    }
    return faults;
  }

  async #page(logGroupName: string, startTime: number, nextToken: string | undefined) {
    try {
      const { events = [], nextToken: next } = await this.#client.send(
        new FilterLogEventsCommand({ logGroupName, filterPattern: PATTERN, startTime, nextToken }),
      );
      return { messages: events.map(({ message = '' }) => message), nextToken: next };
    } catch (fault) {
      // A consumer that never ran has no log.
      if (fault instanceof ResourceNotFoundException) return { messages: [], nextToken: undefined };
      throw fault;
    }
  }
}

function parsed(message: string): unknown {
  try {
    return JSON.parse(message);
  } catch {
    return undefined;
  }
}
