import middy from '@middy/core';
import type {
  CloudFormationCustomResourceEvent,
  CloudFormationCustomResourceResponse,
} from 'aws-lambda';
import * as z from 'zod/mini';
import { logger } from '../observability/logger.ts';

/** CloudFormation accepts responses of at most 4 096 bytes, which also contain several ids. */
const REASON_CHARACTERS_MAX = 1_000;

type ResourceResult =
  | { readonly Status: 'SUCCESS' }
  | { readonly Status: 'FAILED'; readonly Reason: string };

/**
 * Handles CloudFormation's requests for a custom resource: applies the properties when the resource
 * is created or updated, and does nothing when it is deleted. `apply` returns fields for the log.
 * An error of `apply` fails the deployment with its message. Sends the outcome to the URL in the
 * request, and throws if that fails: Lambda then invokes the function again, so `apply` must be
 * idempotent.
 * https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/crpg-ref.html
 */
export function customResourceHandler<Schema extends z.ZodMiniType>({
  properties,
  apply,
}: {
  readonly properties: Schema;
  readonly apply: (properties: z.infer<Schema>) => Promise<Readonly<Record<string, unknown>>>;
}) {
  const outcomeOf = async (event: CloudFormationCustomResourceEvent): Promise<ResourceResult> => {
    const logFields = { request: event.RequestType, resource: event.LogicalResourceId };
    try {
      if (event.RequestType !== 'Delete') {
        const parsed = properties.safeParse(event.ResourceProperties);
        if (!parsed.success)
          throw new Error(
            `The properties of the resource are not valid. ${z.prettifyError(parsed.error)}`,
          );
        logger.info('custom resource applied', { ...logFields, ...(await apply(parsed.data)) });
      }
      return { Status: 'SUCCESS' };
    } catch (error) {
      logger.error('custom resource failed', error, logFields);
      const message = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
      return { Status: 'FAILED', Reason: message.slice(0, REASON_CHARACTERS_MAX) };
    }
  };
  return middy<CloudFormationCustomResourceEvent, void>().handler(async (event) => {
    const { StackId, RequestId, LogicalResourceId } = event;
    // CloudFormation replaces a resource whose physical id changes, and deletes the previous one.
    const PhysicalResourceId =
      'PhysicalResourceId' in event ? event.PhysicalResourceId : LogicalResourceId;
    const identity = { StackId, RequestId, LogicalResourceId, PhysicalResourceId };
    await sendResponse(event.ResponseURL, { ...identity, ...(await outcomeOf(event)) });
  });
}

async function sendResponse(
  url: string,
  response: CloudFormationCustomResourceResponse,
): Promise<void> {
  // The URL is signed for an empty content type, and fetch sets one for a text body.
  const { ok, status } = await fetch(url, {
    method: 'PUT',
    headers: { 'content-type': '' },
    body: Buffer.from(JSON.stringify(response)),
  });
  if (!ok) throw new Error(`CloudFormation's bucket rejected the response with ${status}.`);
}
