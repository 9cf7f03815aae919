import { SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import type { ChangeRecord, DeadLetters } from './stream-handler.ts';

/**
 * Sends single changes to the dead letter queue of a stream's consumer, in the form of an event of the stream: an operator redrives the
 * message as it is.
 */
export const deadLettersAt =
  (queueUrl: string, client = new SQSClient({})): DeadLetters =>
  async (record: ChangeRecord, problem: string, at: string): Promise<void> => {
    const MessageBody = JSON.stringify({ unreadable: { problem, at }, Records: [record] });
    await client.send(new SendMessageCommand({ QueueUrl: queueUrl, MessageBody }));
  };
