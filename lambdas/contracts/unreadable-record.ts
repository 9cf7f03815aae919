import * as z from 'zod/mini';

/** A record that is there and cannot be read: where it is, and what is wrong with it without any of its values. */
export const UnreadableRecord = z.object({
  table: z.string(),
  /** Partition key and sort key; a hash where the key names a person. */
  key: z.string(),
  /** Id under which it is asked for, and other records name it. */
  id: z.exactOptional(z.string()),
  problem: z.string(),
});
export type UnreadableRecord = z.infer<typeof UnreadableRecord>;
