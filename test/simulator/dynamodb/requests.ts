import * as z from 'zod/mini';
import type { Value } from './values.ts';

const names = z.optional(z.record(z.string(), z.string()));
// A value has the type that the SDK's serializer gave it.
const value = z.custom<Value>((given) => typeof given === 'object' && given !== null);
const item = z.record(z.string(), value);
const conditional = {
  ConditionExpression: z.optional(z.string()),
  ExpressionAttributeNames: names,
  ExpressionAttributeValues: z.optional(item),
  ReturnValuesOnConditionCheckFailure: z.optional(z.enum(['ALL_OLD', 'NONE'])),
};
export const Get = z.strictObject({
  TableName: z.string(),
  Key: item,
  ConsistentRead: z.optional(z.boolean()),
});
export const Put = z.strictObject({ TableName: z.string(), Item: item, ...conditional });
export const Update = z.strictObject({
  TableName: z.string(),
  Key: item,
  UpdateExpression: z.string(),
  ...conditional,
});
export const Delete = z.strictObject({ TableName: z.string(), Key: item, ...conditional });
export const Check = z.strictObject({ TableName: z.string(), Key: item, ...conditional });
export const BatchGet = z.strictObject({
  RequestItems: z.record(
    z.string(),
    z.strictObject({ Keys: z.array(item), ConsistentRead: z.optional(z.boolean()) }),
  ),
});
export const TransactWrite = z.strictObject({
  ClientRequestToken: z.optional(z.string()),
  TransactItems: z.array(
    z.strictObject({
      Put: z.optional(Put),
      Update: z.optional(Update),
      Delete: z.optional(Delete),
      ConditionCheck: z.optional(Check),
    }),
  ),
});

/**
 * Throws for parameters that the table in memory does not support, because ignoring them would
 * change the request.
 */
export function parseRequest<Schema extends z.ZodMiniType>(
  schema: Schema,
  request: unknown,
): z.infer<Schema> {
  const parsed = schema.safeParse(request);
  if (parsed.success) return parsed.data;
  throw new Error(`The simulator does not support this request: ${z.prettifyError(parsed.error)}`);
}
