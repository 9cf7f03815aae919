import * as z from 'zod/mini';
import { IGNORED_RESOURCE_TYPES } from './ignored-resource-types.ts';
import {
  alarm,
  count,
  flag,
  inputTransformer,
  label,
  metricFilter,
  namedResource,
  notEmulated,
  optionalText,
  policyDocument,
  table,
  text,
} from './property-schemas.ts';

/**
 * Every resource type and property that the local runtime accepts. What it runs is typed; what it
 * deliberately does not emulate has its reason next to it. Anything else in a template is an error,
 * so that the local runtime and AWS cannot drift apart unnoticed.
 */
export const RESOURCE_TYPES = {
  ...IGNORED_RESOURCE_TYPES,
  'AWS::ApiGatewayV2::Api': z.strictObject({
    Name: label,
    Description: label,
    ProtocolType: z.literal('HTTP'),
    CorsConfiguration: z.optional(
      z.strictObject({
        // Patterns of origins are not supported.
        AllowOrigins: z.array(text.check(z.regex(/^[^*]+$/))),
        AllowMethods: z.optional(z.array(text)),
        AllowHeaders: z.optional(z.array(text)),
        ExposeHeaders: z.optional(z.array(text)),
        MaxAge: count,
      }),
    ),
    Tags: label,
  }),
  'AWS::ApiGatewayV2::Stage': z.strictObject({
    ApiId: text,
    StageName: z.literal('$default'),
    AutoDeploy: z.literal(true),
    AccessLogSettings: notEmulated('the client of a local API sees its own requests'),
    DefaultRouteSettings: notEmulated(
      'throttling protects an account; there is one developer here',
    ),
    RouteSettings: notEmulated('as DefaultRouteSettings'),
    Description: label,
    Tags: label,
  }),
  'AWS::ApiGatewayV2::Route': z.strictObject({
    ApiId: text,
    RouteKey: text,
    Target: text,
    AuthorizationType: z.enum(['NONE', 'JWT', 'AWS_IAM']),
    AuthorizationScopes: z.optional(z.array(text)),
    AuthorizerId: optionalText,
  }),
  'AWS::ApiGatewayV2::Integration': z.strictObject({
    ApiId: text,
    IntegrationType: z.literal('AWS_PROXY'),
    IntegrationUri: text,
    PayloadFormatVersion: z.literal('2.0'),
    TimeoutInMillis: count,
    IntegrationMethod: notEmulated('a function is always invoked by POST'),
    Description: label,
  }),
  'AWS::ApiGatewayV2::Authorizer': z.strictObject({
    ApiId: text,
    AuthorizerType: z.literal('JWT'),
    IdentitySource: z.tuple([z.literal('$request.header.Authorization')]),
    JwtConfiguration: z.strictObject({ Audience: z.array(text), Issuer: text }),
    Name: label,
  }),
  'AWS::CloudWatch::Alarm': z.strictObject(alarm),
  'AWS::DynamoDB::GlobalTable': z.strictObject({
    ...table,
    Replicas: notEmulated(
      'one region; recovery, protection and tags of a table in memory mean nothing, and DynamoDB Local evaluates no resource policy',
    ),
  }),
  'AWS::DynamoDB::Table': z.strictObject({
    ...table,
    DeletionProtectionEnabled: notEmulated('the table ends with the process'),
    PointInTimeRecoverySpecification: notEmulated('the table ends with the process'),
    Tags: label,
  }),
  'AWS::Events::EventBus': z.strictObject({
    ...namedResource,
    DeadLetterConfig: notEmulated('nothing is encrypted'),
  }),
  'AWS::Events::Rule': z.strictObject({
    EventBusName: text,
    EventPattern: z.record(z.string(), z.unknown()),
    State: z.literal('ENABLED'),
    Targets: z.array(
      z.strictObject({
        Id: text,
        Arn: text,
        DeadLetterConfig: notEmulated('delivery into a queue of this process does not fail'),
        RetryPolicy: notEmulated('delivery into a queue of this process does not fail'),
        InputTransformer: z.optional(inputTransformer),
      }),
    ),
    Description: label,
    Tags: label,
  }),
  'AWS::IAM::Policy': z.strictObject({
    PolicyName: label,
    PolicyDocument: policyDocument,
    Roles: z.array(text),
  }),
  'AWS::IAM::Role': z.strictObject({
    Policies: z.optional(
      z.array(z.strictObject({ PolicyName: label, PolicyDocument: policyDocument })),
    ),
    AssumeRolePolicyDocument: notEmulated(
      'roles are not assumed here; a function has a key of its own',
    ),
    ManagedPolicyArns: notEmulated('AWS’s own policies allow logging, which is not guarded here'),
    Description: label,
    Tags: label,
  }),
  'AWS::Lambda::EventSourceMapping': z.strictObject({
    EventSourceArn: text,
    FunctionName: text,
    BatchSize: count,
    MaximumBatchingWindowInSeconds: count,
    FunctionResponseTypes: z.optional(z.array(z.literal('ReportBatchItemFailures'))),
    FilterCriteria: z.optional(
      z.strictObject({ Filters: z.array(z.strictObject({ Pattern: text })) }),
    ),
    BisectBatchOnFunctionError: flag,
    MaximumRetryAttempts: count,
    MaximumRecordAgeInSeconds: count,
    DestinationConfig: z.optional(
      z.strictObject({ OnFailure: z.strictObject({ Destination: text }) }),
    ),
    StartingPosition: z.optional(z.enum(['TRIM_HORIZON', 'LATEST'])),
    ParallelizationFactor: notEmulated(
      'one batch of a shard at a time keeps the order, only slower',
    ),
    ScalingConfig: notEmulated('few batches of a queue are in hand at once anyway'),
    MetricsConfig: notEmulated('metrics are the account’s'),
    Tags: label,
  }),
  'AWS::Lambda::Function': z.strictObject({
    Code: z.strictObject({ S3Bucket: notEmulated('code is read from the assembly'), S3Key: text }),
    Handler: text,
    Runtime: z.enum(['nodejs24.x']),
    Role: text,
    Timeout: count,
    Environment: z.optional(z.strictObject({ Variables: z.record(z.string(), text) })),
    Architectures: notEmulated('JavaScript; runs on this machine’s processor'),
    MemorySize: notEmulated('memory is this machine’s'),
    ReservedConcurrentExecutions: count,
    RecursiveLoop: z.optional(z.enum(['Allow', 'Terminate'])),
    LoggingConfig: z.optional(
      z.strictObject({
        LogGroup: text,
        LogFormat: notEmulated(
          'a line is kept as it was written; as JSON it is in AWS too, which these are',
        ),
        SystemLogLevel: notEmulated('the platform has no lines here'),
        ApplicationLogLevel: notEmulated('all lines are kept'),
      }),
    ),
    TracingConfig: notEmulated('X-Ray is the account’s'),
    DeadLetterConfig: z.optional(z.strictObject({ TargetArn: text })),
    Description: label,
    Tags: label,
  }),
  'AWS::Logs::MetricFilter': z.strictObject(metricFilter),
  'AWS::Scheduler::Schedule': z.strictObject({
    ScheduleExpression: text,
    ScheduleExpressionTimezone: optionalText,
    State: z.optional(z.enum(['ENABLED', 'DISABLED'])),
    Target: z.strictObject({
      Arn: text,
      Input: optionalText,
      RoleArn: notEmulated('schedules invoke directly'),
      RetryPolicy: notEmulated('a function of this process can always be invoked'),
      DeadLetterConfig: notEmulated(
        'as RetryPolicy; a run that its function fails goes to the queue of the function',
      ),
    }),
    FlexibleTimeWindow: z.strictObject({ Mode: z.literal('OFF') }),
    GroupName: label,
    Description: label,
  }),
  'AWS::SNS::Topic': z.strictObject({
    DisplayName: label,
    Tags: label,
  }),
  'AWS::SQS::Queue': z.strictObject({
    VisibilityTimeout: count,
    MessageRetentionPeriod: count,
    DelaySeconds: count,
    RedrivePolicy: z.optional(
      z.strictObject({ deadLetterTargetArn: text, maxReceiveCount: z.number() }),
    ),
    RedriveAllowPolicy: notEmulated('who may use a queue as DLQ is the account’s'),
    SqsManagedSseEnabled: notEmulated('messages are in memory'),
    Tags: label,
  }),
  'AWS::StepFunctions::StateMachine': z.strictObject({
    DefinitionString: text,
    RoleArn: text,
    StateMachineType: z.optional(z.literal('STANDARD')),
    LoggingConfiguration: notEmulated('DescribeExecution returns executions'),
    TracingConfiguration: notEmulated('X-Ray is the account’s'),
    Tags: label,
  }),
} as const satisfies Record<string, z.ZodMiniType>;

export type ResourceType = keyof typeof RESOURCE_TYPES;
export type Properties<Type extends ResourceType> = z.infer<(typeof RESOURCE_TYPES)[Type]>;

export const isResourceType = (type: string): type is ResourceType =>
  Object.hasOwn(RESOURCE_TYPES, type);
