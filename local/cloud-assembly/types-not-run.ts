import * as z from 'zod/mini';

const wholly = (_reason: string) => z.unknown();

/** Resource types that the local runtime knowingly does not run, each with its reason. */
export const TYPES_NOT_RUN = {
  'AWS::CDK::Metadata': wholly('says which constructs made the template'),
  'AWS::CloudWatch::Alarm': wholly(
    'metrics are the account’s; tests look at the queues themselves',
  ),
  'AWS::CloudWatch::CompositeAlarm': wholly('metrics are the account’s'),
  'AWS::CloudWatch::Dashboard': wholly('shows metrics, which are the account’s'),
  'AWS::Cognito::UserPool': wholly(
    'the local issuers take its place, by the context’s `customerIssuer` and `staffIssuer`',
  ),
  'AWS::Cognito::UserPoolClient': wholly('as its pool'),
  'AWS::Cognito::UserPoolDomain': wholly('as its pool'),
  'AWS::Cognito::UserPoolResourceServer': wholly('as its pool'),
  'AWS::EventSchemas::Registry': wholly('documents, which nothing reads here'),
  'AWS::EventSchemas::Schema': wholly('as its registry'),
  'AWS::Events::Archive': wholly('events of this process end with it'),
  'AWS::KMS::Key': wholly('nothing is kept on disk'),
  'AWS::CodeDeploy::Application': wholly('the next start has the new version'),
  'AWS::CodeDeploy::DeploymentGroup': wholly('as its application'),
  'AWS::Lambda::Alias': wholly('it stands for its function, which has one version here'),
  'AWS::Lambda::Version': wholly('as an alias'),
  'AWS::Lambda::Permission': wholly('only what the template itself wires invokes a function'),
  'AWS::Logs::LogGroup': wholly('logs go to .local/logs, kept until the next start'),
  'AWS::Logs::MetricFilter': wholly('metrics are the account’s'),
  'AWS::SNS::Subscription': wholly('alarms are not raised here'),
  'AWS::SNS::Topic': wholly('alarms are not raised here'),
  'AWS::SNS::TopicPolicy': wholly('as its topic'),
  'AWS::SQS::QueuePolicy': wholly('only what the template itself wires sends to a queue'),
  'Custom::RouteSettings': wholly('the local API has no settings of single routes to prune'),
} as const satisfies Record<string, z.ZodMiniType>;
