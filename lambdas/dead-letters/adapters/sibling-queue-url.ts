/** Returns the URL of a queue from the URL of another queue of the same account and region. */
export const siblingQueueUrl = (knownQueueUrl: string, queueName: string): string =>
  knownQueueUrl.replace(/[^/]+$/, queueName);
