import * as z from 'zod/mini';

/** A stored record that cannot be read: its place and the problem, without any of its values. */
export const UnreadableRecord = z.object({
  table: z.string(),
  /** Partition key and sort key, hashed if the key names a person. */
  key: z.string(),
  /** Id by which it is requested and by which other records name it. */
  id: z.exactOptional(z.string()),
  problem: z.string(),
});
export type UnreadableRecord = z.infer<typeof UnreadableRecord>;
