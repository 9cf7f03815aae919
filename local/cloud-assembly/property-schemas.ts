import * as z from 'zod/mini';

/** Schema of a property that has no effect in the local runtime, with the reason. */
export const notEmulated = (_reason: string) => z.optional(z.unknown());

export const text = z.string();
export const optionalText = z.optional(z.string());
export const count = z.optional(z.number());
export const flag = z.optional(z.boolean());
/** Schema of prose and labels, which have no effect in AWS either. */
export const label = z.optional(z.unknown());
export const namedResource = { Name: optionalText, Description: label, Tags: label };

const keySchema = z.array(
  z.strictObject({ AttributeName: text, KeyType: z.enum(['HASH', 'RANGE']) }),
);
const projection = z.strictObject({
  ProjectionType: z.enum(['ALL', 'KEYS_ONLY', 'INCLUDE']),
  NonKeyAttributes: z.optional(z.array(text)),
});
const index = { IndexName: text, KeySchema: keySchema, Projection: projection };

export const table = {
  AttributeDefinitions: z.array(
    z.strictObject({ AttributeName: text, AttributeType: z.enum(['S', 'N', 'B']) }),
  ),
  KeySchema: keySchema,
  BillingMode: z.literal('PAY_PER_REQUEST'),
  GlobalSecondaryIndexes: z.optional(
    z.array(
      z.strictObject({ ...index, WarmThroughput: notEmulated('a local table has no partitions') }),
    ),
  ),
  LocalSecondaryIndexes: z.optional(z.array(z.strictObject(index))),
  StreamSpecification: z.optional(
    z.strictObject({
      StreamViewType: z.enum(['NEW_AND_OLD_IMAGES', 'NEW_IMAGE', 'OLD_IMAGE', 'KEYS_ONLY']),
    }),
  ),
  TimeToLiveSpecification: z.optional(
    z.strictObject({ AttributeName: text, Enabled: z.literal(true) }),
  ),
  SSESpecification: notEmulated('nothing is kept on disk'),
  WarmThroughput: notEmulated('a local table has no partitions'),
};

/** The metric, or `Metrics` for metric math. The local runtime evaluates some (local/alerts). */
export const alarm = {
  AlarmName: label,
  AlarmDescription: optionalText,
  AlarmActions: notEmulated('an alert is printed and kept; it is sent to no address'),
  Namespace: optionalText,
  MetricName: optionalText,
  Dimensions: z.optional(z.array(z.strictObject({ Name: text, Value: text }))),
  Metrics: z.optional(z.array(z.unknown())),
  Statistic: optionalText,
  ExtendedStatistic: optionalText,
  Period: count,
  Threshold: z.number(),
  ComparisonOperator: text,
  EvaluationPeriods: z.number(),
  DatapointsToAlarm: count,
  TreatMissingData: optionalText,
  Tags: label,
};

export const metricFilter = {
  LogGroupName: notEmulated('metric filters do not run'),
  FilterPattern: notEmulated('metric filters do not run'),
  MetricTransformations: z.array(
    z.strictObject({
      MetricNamespace: text,
      MetricName: text,
      MetricValue: notEmulated('metric filters do not run'),
    }),
  ),
};

/** Input transformer of a target that is a topic: its template is a text. */
export const inputTransformer = z.strictObject({
  InputPathsMap: z.optional(
    z.record(z.string(), z.string().check(z.regex(/^\$(\.[A-Za-z0-9_-]+)*$/))),
  ),
  InputTemplate: z.string().check(z.regex(/^".*"$/s)),
});

export const policyDocument = z.strictObject({
  Version: z.literal('2012-10-17'),
  Statement: z.array(
    z.strictObject({
      Sid: label,
      Effect: z.enum(['Allow', 'Deny']),
      Action: z.union([text, z.array(text)]),
      Resource: z.union([text, z.array(text)]),
      // Checked when it is used: a condition on execute-api:Invoke is rejected.
      Condition: z.optional(z.unknown()),
    }),
  ),
});

/** Properties with which DynamoDB Local creates a table of either type. */
export const TableProperties = z.object(table);
export type TableProperties = z.infer<typeof TableProperties>;
