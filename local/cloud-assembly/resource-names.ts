import { ACCOUNT_ID, arnOf } from '../account.ts';
import { isObject } from '../json.ts';
import type { Stack } from './cloud-assembly.ts';
import type { ResourceNames } from './intrinsics.ts';
import { physicalName } from './resources.ts';

export type ServiceUrls = {
  /** URLs of the HTTP API and of the queues, without a path and without a slash at the end. */
  readonly api: string;
  readonly sqs: string;
};

type Naming = {
  readonly ref?: (name: string) => string;
  readonly attributes: Readonly<Record<string, (name: string) => string>>;
};

const arnAttribute = (service: string, prefix = '') => ({
  Arn: (name: string) => arnOf(service, prefix + name),
});

/**
 * Label in the ARNs of streams. DynamoDB Local makes its own ARN of a stream; the templates use
 * this one.
 */
const STREAM_LABEL = 'local';
const table: Naming = {
  attributes: {
    ...arnAttribute('dynamodb', 'table/'),
    StreamArn: (name) => arnOf('dynamodb', `table/${name}/stream/${STREAM_LABEL}`),
  },
};

/** Returns the table to whose stream an ARN belongs, or undefined for any other ARN. */
export const tableOfStream = (streamArn: string): string | undefined =>
  /:table\/([^/]+)\/stream\//.exec(streamArn)?.[1];

/** Returns the values of Ref and Fn::GetAtt for each resource of the stacks. */
export function createResourceNames(
  stacks: readonly Stack[],
  { api, sqs }: ServiceUrls,
): ResourceNames {
  const types = new Map<string, string>();
  const functionOfAlias = new Map<string, string>();
  const namings: Readonly<Record<string, Naming>> = {
    'AWS::ApiGatewayV2::Api': { attributes: { ApiEndpoint: () => api, ApiId: (name) => name } },
    'AWS::DynamoDB::GlobalTable': table,
    'AWS::DynamoDB::Table': table,
    'AWS::Events::EventBus': {
      attributes: { ...arnAttribute('events', 'event-bus/'), Name: (name) => name },
    },
    'AWS::Events::Rule': { attributes: arnAttribute('events', 'rule/') },
    'AWS::IAM::Role': { attributes: { Arn: (name) => `arn:aws:iam::${ACCOUNT_ID}:role/${name}` } },
    'AWS::Lambda::Function': { attributes: arnAttribute('lambda', 'function:') },
    // An invocation of an alias invokes its function.
    'AWS::Lambda::Alias': {
      ref: (name) => arnOf('lambda', `function:${functionOfAlias.get(name)}`),
      attributes: {},
    },
    'AWS::SQS::Queue': {
      ref: (name) => `${sqs}/${ACCOUNT_ID}/${name}`,
      attributes: {
        ...arnAttribute('sqs'),
        QueueName: (name) => name,
        QueueUrl: (name) => `${sqs}/${ACCOUNT_ID}/${name}`,
      },
    },
    'AWS::StepFunctions::StateMachine': {
      ref: (name) => arnOf('states', `stateMachine:${name}`),
      attributes: { ...arnAttribute('states', 'stateMachine:'), Name: (name) => name },
    },
    'AWS::SNS::Topic': {
      ref: (name) => arnOf('sns', name),
      attributes: { TopicName: (name) => name },
    },
  };
  for (const { name: stack, template } of stacks) {
    for (const [logicalId, { Type, Properties }] of Object.entries(template.Resources ?? {})) {
      types.set(physicalName(stack, logicalId), Type);
      if (Type === 'AWS::Lambda::Alias')
        functionOfAlias.set(
          physicalName(stack, logicalId),
          physicalName(stack, referencedLogicalId(Properties?.FunctionName)),
        );
    }
  }
  const typeOf = (stack: string, logicalId: string): string => {
    const type = types.get(physicalName(stack, logicalId));
    if (type === undefined) throw new Error(`stack ${stack} has no resource ${logicalId}`);
    return type;
  };

  return {
    ref: (stack, logicalId) => {
      const name = physicalName(stack, logicalId);
      return namings[typeOf(stack, logicalId)]?.ref?.(name) ?? name;
    },
    attribute: (stack, logicalId, attribute) => {
      const type = typeOf(stack, logicalId);
      const name = physicalName(stack, logicalId);
      const naming = namings[type];
      // Types such as roles, log groups and user pools are only referred to. Any attribute of them
      // is a unique text.
      if (naming === undefined) return arnOf('local', `${name}/${attribute}`);
      const nameAttribute = naming.attributes[attribute];
      if (nameAttribute !== undefined) return nameAttribute(name);
      throw new Error(
        `stack ${stack}, resource ${logicalId} of type ${type}: unknown attribute ${attribute}`,
      );
    },
  };
}

function referencedLogicalId(value: unknown): string {
  if (isObject(value) && typeof value.Ref === 'string') return value.Ref;
  throw new Error(
    `the local runtime supports only aliases of functions of the same stack: ${JSON.stringify(value)}`,
  );
}
