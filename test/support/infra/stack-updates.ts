import { App, Stack } from 'aws-cdk-lib';
import * as z from 'zod/mini';
import { createStacks } from '../../../lib/stockbook.ts';
import { cdkContext } from './synthesize-templates.ts';

const Template = z.object({
  Resources: z.record(
    z.string(),
    z.object({
      Type: z.string(),
      Properties: z._default(z.record(z.string(), z.unknown()), {}),
      DeletionPolicy: z.optional(z.string()),
    }),
  ),
  Outputs: z._default(
    z.record(
      z.string(),
      z.object({ Value: z.unknown(), Export: z.optional(z.object({ Name: z.string() })) }),
    ),
    {},
  ),
});
export type Template = z.infer<typeof Template>;
type Resource = Template['Resources'][string];
/** The templates of a stage, by the names of their stacks. */
export type Deployment = Readonly<Record<string, Template>>;

/**
 * Returns what `cdk deploy --all` deploys under a context. Assets are not copied and AWS's rules
 * are not checked, which takes a third of the time.
 */
export function synthesizeDeployment(context: Readonly<Record<string, string>>): Deployment {
  const app = new App({
    analyticsReporting: false,
    treeMetadata: false,
    context: {
      ...cdkContext(context),
      'aws:cdk:disable-asset-staging': true,
      '@aws-cdk/core:validateAgainstDefaultRules': false,
    },
  });
  createStacks(app);
  const assembly = app.synth();
  return Object.fromEntries(
    app.node
      .findAll()
      .filter(Stack.isStack)
      .map(({ stackName }) => [
        stackName,
        Template.parse(assembly.getStackByName(stackName).template),
      ]),
  );
}

/**
 * Properties that CloudFormation changes by making another resource. The pages are
 * https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-<service>-<type>.html,
 * "Update requires: Replacement".
 */
const REPLACEMENT_PROPERTIES: Readonly<Record<string, readonly string[]>> = {
  'AWS::ApiGatewayV2::Api': ['ProtocolType'],
  'AWS::ApiGatewayV2::Authorizer': ['ApiId'],
  'AWS::ApiGatewayV2::Stage': ['ApiId', 'StageName'],
  'AWS::Cognito::UserPool': ['AliasAttributes', 'UsernameAttributes', 'UsernameConfiguration'],
  'AWS::DynamoDB::GlobalTable': ['KeySchema', 'LocalSecondaryIndexes', 'TableName'],
  'AWS::Events::Archive': ['ArchiveName', 'SourceArn'],
  'AWS::Events::EventBus': ['Name'],
  'AWS::IAM::Role': ['Path', 'RoleName'],
  'AWS::KMS::Key': ['KeySpec', 'KeyUsage', 'MultiRegion'],
  'AWS::Lambda::Alias': ['FunctionName', 'Name'],
  'AWS::Lambda::Function': ['FunctionName'],
  'AWS::Logs::LogGroup': ['LogGroupName'],
  'AWS::SNS::Topic': ['FifoTopic', 'TopicName'],
  'AWS::SQS::Queue': ['FifoQueue', 'QueueName'],
  'AWS::Scheduler::Schedule': ['GroupName', 'Name'],
  'AWS::StepFunctions::StateMachine': ['StateMachineName', 'StateMachineType'],
};
/** Resources whose data or identity would be lost with them. */
const STATEFUL_TYPES: ReadonlySet<string> = new Set([
  'AWS::Cognito::UserPool',
  'AWS::DynamoDB::GlobalTable',
  'AWS::Events::Archive',
  'AWS::Events::EventBus',
  'AWS::KMS::Key',
  'AWS::SNS::Topic',
  'AWS::SQS::Queue',
]);
/** Names that are unique within an account and region. */
const NAME_PROPERTIES: Readonly<Record<string, string>> = {
  'AWS::ApiGatewayV2::DomainName': 'DomainName',
  'AWS::CloudWatch::Alarm': 'AlarmName',
  'AWS::CloudWatch::Dashboard': 'DashboardName',
  'AWS::CodeDeploy::Application': 'ApplicationName',
  'AWS::Cognito::UserPoolDomain': 'Domain',
  'AWS::DynamoDB::GlobalTable': 'TableName',
  'AWS::EventSchemas::Registry': 'RegistryName',
  'AWS::Events::Archive': 'ArchiveName',
  'AWS::Events::EventBus': 'Name',
  'AWS::IAM::Role': 'RoleName',
  'AWS::KMS::Alias': 'AliasName',
  'AWS::Lambda::Function': 'FunctionName',
  'AWS::Logs::LogGroup': 'LogGroupName',
  'AWS::SNS::Topic': 'TopicName',
  'AWS::SQS::Queue': 'QueueName',
  'AWS::Scheduler::Schedule': 'Name',
  'AWS::StepFunctions::StateMachine': 'StateMachineName',
};
/** Properties of a function that are not part of its versions. */
const UNVERSIONED_PROPERTIES = ['RecursiveLoop', 'ReservedConcurrentExecutions', 'Tags'];

/**
 * Returns why CloudFormation would refuse `after`, or lose something, where `before` is deployed;
 * empty where it is safe. Stacks that `after` does not have stay as they are. Producers are updated
 * first, while consumers still have the templates of `before`.
 */
export function updateViolations(before: Deployment, after: Deployment): readonly string[] {
  const inUse = new Set(Object.values(before).flatMap(importedNamesOf));
  return [
    ...Object.entries(after).flatMap(([stack, template]) => {
      const deployed = before[stack];
      return deployed === undefined ? [] : stackViolations(stack, deployed, template, inUse);
    }),
    ...nameCollisions(before, after),
  ];
}

function stackViolations(
  stack: string,
  before: Template,
  after: Template,
  inUse: ReadonlySet<string>,
): readonly string[] {
  const exports = exportsOf(after);
  const brokenExports = [...exportsOf(before)]
    .filter(([name, value]) => inUse.has(name) && exports.get(name) !== value)
    .map(
      ([name]) =>
        `${stack}: export ${name} is in use and would ${exports.has(name) ? 'change' : 'disappear'}`,
    );
  const deletedResources = Object.entries(before.Resources).flatMap(
    ([id, { Type, DeletionPolicy = 'Delete' }]) =>
      after.Resources[id] === undefined &&
      STATEFUL_TYPES.has(Type) &&
      !DeletionPolicy.startsWith('Retain')
        ? [`${stack}: ${id} (${Type}) would be deleted`]
        : [],
  );
  const replacedResources = Object.entries(after.Resources).flatMap(([id, resource]) => {
    const deployed = before.Resources[id];
    if (deployed === undefined) return [];
    return changedProperties(deployed, resource, REPLACEMENT_PROPERTIES[resource.Type] ?? []).map(
      (property) => `${stack}: ${id} (${resource.Type}) would be replaced for ${property}`,
    );
  });
  const removedRoutes = [...routesOf(before)].filter((route) => !routesOf(after).has(route));
  return [
    ...brokenExports,
    ...deletedResources,
    ...replacedResources,
    ...removedRoutes.map((route) => `${stack}: route ${route} would be removed`),
    ...versionViolations(stack, before, after),
  ];
}

/**
 * Versions are published for each change of their function, and only then: Lambda refuses a second
 * version of the same code and settings.
 */
function versionViolations(stack: string, before: Template, after: Template): readonly string[] {
  const versionsBefore = versionsOf(before);
  return [...versionsOf(after)].flatMap(([id, version]) => {
    const [deployed, wanted] = [before.Resources[id], after.Resources[id]];
    if (deployed === undefined || wanted === undefined) return [];
    const properties = Object.keys({ ...deployed.Properties, ...wanted.Properties });
    const isChanged =
      changedProperties(
        deployed,
        wanted,
        properties.filter((property) => !UNVERSIONED_PROPERTIES.includes(property)),
      ).length > 0;
    const isNew = versionsBefore.get(id) !== version;
    if (isChanged === isNew) return [];
    return [
      isNew
        ? `${stack}: ${id} would get a second version of the same settings`
        : `${stack}: ${id} changes, and its alias stays at the version before`,
    ];
  });
}

/** Ids of the versions, by those of their functions. */
const versionsOf = ({ Resources }: Template): ReadonlyMap<string, string> =>
  new Map(
    Object.entries(Resources)
      .filter(([, { Type }]) => Type === 'AWS::Lambda::Version')
      .map(([id, { Properties }]) => [
        z.object({ Ref: z.string() }).parse(Properties.FunctionName).Ref,
        id,
      ]),
  );

/**
 * A new resource is made before the old one is deleted, so that the two cannot have the same name.
 */
function nameCollisions(before: Deployment, after: Deployment): readonly string[] {
  const deployed = ownersByName(before);
  return [...ownersByName(after)].flatMap(([name, owner]) => {
    const known = deployed.get(name);
    return known === undefined || known === owner
      ? []
      : [`${owner}: its name ${name} is that of ${known}, which is deleted later`];
  });
}

const ownersByName = (deployment: Deployment): ReadonlyMap<string, string> =>
  new Map(
    Object.entries(deployment).flatMap(([stack, { Resources }]) =>
      Object.entries(Resources).flatMap(([id, { Type, Properties }]) => {
        const name = Properties[NAME_PROPERTIES[Type] ?? ''];
        return name === undefined
          ? []
          : [[`${Type} ${JSON.stringify(name)}`, `${stack} ${id}`] as const];
      }),
    ),
  );

const changedProperties = (
  before: Resource,
  after: Resource,
  properties: readonly string[],
): readonly string[] =>
  properties.filter(
    (property) =>
      JSON.stringify(before.Properties[property]) !== JSON.stringify(after.Properties[property]),
  );

const routesOf = ({ Resources }: Template): ReadonlySet<string> =>
  new Set(
    Object.values(Resources)
      .filter(({ Type }) => Type === 'AWS::ApiGatewayV2::Route')
      .map(({ Properties }) => String(Properties.RouteKey)),
  );

/** Returns the exports of a template: values as JSON by name. */
export const exportsOf = ({ Outputs }: Template): ReadonlyMap<string, string> =>
  new Map(
    Object.values(Outputs).flatMap(({ Value, Export }) =>
      Export === undefined ? [] : [[Export.Name, JSON.stringify(Value)] as const],
    ),
  );

/** Names of the exports that a template imports. */
const importedNamesOf = (template: Template): readonly string[] =>
  [...JSON.stringify(template).matchAll(/"Fn::ImportValue":"([^"]+)"/g)].map(
    ([, name = '']) => name,
  );

/** Names of the exports that another stack imports, without the stage. */
export const exportsInUse = (deployment: Deployment): readonly string[] =>
  [...new Set(Object.values(deployment).flatMap(importedNamesOf))]
    .map((name) => name.replace(/^stockbook-[a-z0-9-]+-(\w+:)/, '$1'))
    .sort();
