import * as z from 'zod/mini';

const BatchResponse = z.object({
  batchItemFailures: z.optional(z.nullable(z.array(z.object({ itemIdentifier: z.string() })))),
});

/**
 * Returns the failed items that a function reports, by their identifiers. Returns `all` when the
 * whole batch failed: for a response that Lambda cannot read, and for an item that is not in the
 * batch.
 * https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html#services-sqs-batchfailurereporting
 */
export function failedItemsOf(
  response: unknown,
  items: ReadonlySet<string>,
): ReadonlySet<string> | 'all' {
  if (response === null || response === undefined || response === '') return new Set();
  const parsed = BatchResponse.safeParse(response);
  if (!parsed.success) return 'all';
  const failed = new Set(
    (parsed.data.batchItemFailures ?? []).map(({ itemIdentifier }) => itemIdentifier),
  );
  return [...failed].every((item) => items.has(item)) ? failed : 'all';
}
