import * as z from 'zod/mini';

const ignored = (_reason: string) => z.unknown();

/** Resource types that the local runtime deliberately does not run, each with its reason. */
export const IGNORED_RESOURCE_TYPES = {
  'AWS::CDK::Metadata': ignored('says which constructs made the template'),
  'AWS::CloudWatch::CompositeAlarm': ignored(
    'it only combines alarms, which are raised one by one',
  ),
  'AWS::CloudWatch::Dashboard': ignored('shows metrics, which are the account’s'),
  'AWS::Cognito::UserPool': ignored(
    'the local issuers take its place, by the context’s `customerIssuer` and `staffIssuer`',
  ),
  'AWS::Cognito::UserPoolClient': ignored('as its pool'),
  'AWS::Cognito::UserPoolDomain': ignored('as its pool'),
  'AWS::Cognito::UserPoolResourceServer': ignored('as its pool'),
  'AWS::EventSchemas::Registry': ignored('documents, which nothing reads here'),
  'AWS::EventSchemas::Schema': ignored('as its registry'),
  'AWS::Events::Archive': ignored('events of this process end with it'),
  'AWS::KMS::Key': ignored('nothing is kept on disk'),
  'AWS::CodeDeploy::Application': ignored('the next start has the new version'),
  'AWS::CodeDeploy::DeploymentGroup': ignored('as its application'),
  'AWS::Lambda::Alias': ignored('it stands for its function, which has one version here'),
  'AWS::Lambda::Version': ignored('as an alias'),
  'AWS::Lambda::Permission': ignored('only what the template itself wires invokes a function'),
  'AWS::Logs::LogGroup': ignored('logs go to .local/logs, kept until the next start'),
  'AWS::SNS::Subscription': ignored('an alert is printed and kept; it is sent to no address'),
  'AWS::SNS::TopicPolicy': ignored('only what the template itself wires notifies a topic'),
  'AWS::SQS::QueuePolicy': ignored('only what the template itself wires sends to a queue'),
  'Custom::RouteSettings': ignored('the local API has no settings of single routes to prune'),
} as const satisfies Record<string, z.ZodMiniType>;
