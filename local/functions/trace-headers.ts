import type { buildApp } from 'fauxqs';
import * as z from 'zod/mini';

type QueueServer = ReturnType<typeof buildApp>;

/** Maximum number of messages whose header is stored. The oldest are removed first. */
const HEADERS_MAX = 10_000;

const Sent = z.object({ MessageId: z.string() });
const SentBatch = z.object({ Successful: z._default(z.array(Sent), []) });
const Received = z.looseObject({
  Messages: z._default(
    z.array(
      z.looseObject({
        MessageId: z.string(),
        Attributes: z.optional(z.record(z.string(), z.string())),
      }),
    ),
    [],
  ),
});

/**
 * Adds trace headers to fauxqs, which lacks them. SQS stores the X-Amzn-Trace-Id of the request
 * that sends a message, and returns it as the system attribute AWSTraceHeader, also after the
 * message has moved to a dead letter queue.
 * https://docs.aws.amazon.com/xray/latest/devguide/xray-services-sqs.html
 */
export function propagateTraceHeaders(server: QueueServer): void {
  const headers = new Map<string, string>();
  const rememberHeader = (messageId: string, header: string): void => {
    headers.set(messageId, header);
    const [oldest] = headers.keys();
    if (headers.size > HEADERS_MAX && oldest !== undefined) headers.delete(oldest);
  };
  server.addHook('onSend', async (request, reply, payload) => {
    if (reply.statusCode !== 200 || typeof payload !== 'string') return payload;
    const traceHeader = request.headers['x-amzn-trace-id'];
    const parseBody = () => JSON.parse(payload) as unknown;
    switch (request.headers['x-amz-target']) {
      case 'AmazonSQS.SendMessage':
        if (typeof traceHeader === 'string')
          rememberHeader(Sent.parse(parseBody()).MessageId, traceHeader);
        return payload;
      case 'AmazonSQS.SendMessageBatch':
        if (typeof traceHeader === 'string')
          for (const { MessageId } of SentBatch.parse(parseBody()).Successful)
            rememberHeader(MessageId, traceHeader);
        return payload;
      case 'AmazonSQS.ReceiveMessage': {
        const received = Received.parse(parseBody());
        for (const message of received.Messages) {
          const header = headers.get(message.MessageId);
          // A message has attributes only when the receiver requests them.
          if (header !== undefined && message.Attributes !== undefined)
            message.Attributes.AWSTraceHeader = header;
        }
        return JSON.stringify(received.Messages.length === 0 ? {} : received);
      }
      default:
        return payload;
    }
  });
}
