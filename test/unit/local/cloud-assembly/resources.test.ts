import { describe, expect, test } from 'vitest';
import type { Stack, Template } from '../../../../local/cloud-assembly/cloud-assembly.ts';
import { createResolver } from '../../../../local/cloud-assembly/intrinsics.ts';
import { createResourceNames } from '../../../../local/cloud-assembly/resource-names.ts';
import { loadResources } from '../../../../local/cloud-assembly/resources.ts';

const stack = (name: string, template: Template): Stack => ({ name, template, assets: new Map() });
const names = (...stacks: Stack[]) =>
  createResourceNames(stacks, { api: 'http://127.0.0.1:3000', sqs: 'http://127.0.0.1:4566' });

const first = stack('first', {
  Resources: {
    Queue: { Type: 'AWS::SQS::Queue', Properties: {} },
    Role: { Type: 'AWS::IAM::Role' },
  },
  Outputs: {
    Exported: {
      Value: { 'Fn::GetAtt': ['Queue', 'Arn'] },
      Export: { Name: { 'Fn::Sub': `\${AWS::StackName}:QueueArn` } },
    },
  },
});
const second = stack('second', { Resources: { Api: { Type: 'AWS::ApiGatewayV2::Api' } } });
const resolve = createResolver([first, second], names(first, second));
const QUEUE_ARN = 'arn:aws:sqs:us-east-1:000000000000:first-Queue';

describe('intrinsic functions', () => {
  test.each([
    [
      'Ref of a queue is its URL',
      { Ref: 'Queue' },
      'http://127.0.0.1:4566/000000000000/first-Queue',
    ],
    ['Fn::GetAtt as a list', { 'Fn::GetAtt': ['Queue', 'Arn'] }, QUEUE_ARN],
    ['Fn::GetAtt as a text', { 'Fn::GetAtt': 'Queue.QueueName' }, 'first-Queue'],
    [
      'pseudo parameters',
      { 'Fn::Join': [':', [{ Ref: 'AWS::Partition' }, { Ref: 'AWS::AccountId' }]] },
      'aws:000000000000',
    ],
    [
      'Fn::Sub',
      { 'Fn::Sub': `\${Queue.Arn}/\${AWS::Region}/\${!Literal}` },
      `${QUEUE_ARN}/us-east-1/\${Literal}`,
    ],
    [
      'Fn::Sub with variables',
      { 'Fn::Sub': [`\${a}-b`, { a: { Ref: 'AWS::URLSuffix' } }] },
      'amazonaws.com-b',
    ],
    [
      'Fn::Select of Fn::Split',
      { 'Fn::Select': [5, { 'Fn::Split': [':', { 'Fn::GetAtt': ['Queue', 'Arn'] }] }] },
      'first-Queue',
    ],
    [
      'AWS::NoValue leaves no trace',
      { a: { Ref: 'AWS::NoValue' }, b: [{ Ref: 'AWS::NoValue' }, 1] },
      { b: [1] },
    ],
    [
      'what is no function stays',
      { Ref: 'x', other: [true, null, 1] },
      { Ref: 'x', other: [true, null, 1] },
    ],
  ])('%s', (_, value, expected) => {
    expect(resolve('first', value)).toEqual(expected);
  });

  test('Fn::ImportValue reaches into another stack', () => {
    expect(resolve('second', { 'Fn::ImportValue': 'first:QueueArn' })).toBe(QUEUE_ARN);
  });

  test.each([
    ['an unknown function', { 'Fn::Cidr': [] }, 'the intrinsic function Fn::Cidr'],
    [
      'an unknown pseudo parameter',
      { Ref: 'AWS::NotificationARNs' },
      'unknown pseudo parameter AWS::NotificationARNs',
    ],
    ['an unknown resource', { Ref: 'Nobody' }, 'stack first has no resource Nobody'],
    ['an unknown attribute', { 'Fn::GetAtt': ['Queue', 'Colour'] }, 'unknown attribute Colour'],
    ['an export that is not there', { 'Fn::ImportValue': 'nobody' }, 'no stack exports nobody'],
  ])('%s is an error that names it', (_, value, message) => {
    expect(() => resolve('first', value)).toThrow(message);
  });
});

describe('resources', () => {
  const load = (Type: string, Properties: Record<string, unknown>) => {
    const planted = stack('planted', { Resources: { Thing: { Type, Properties } } });
    return loadResources([planted], names(planted));
  };

  test('rejects an unknown type by name', () => {
    expect(() => load('AWS::EC2::Instance', {})).toThrow(
      'stack planted, resource Thing of type AWS::EC2::Instance: the local runtime does not support this type',
    );
  });

  test('rejects an unknown property by name', () => {
    expect(() => load('AWS::SQS::Queue', { FifoQueue: true })).toThrow(
      'resource Thing of type AWS::SQS::Queue: the local runtime does not support the property FifoQueue',
    );
  });

  test('rejects an unknown nested property by path', () => {
    const properties = {
      EventSourceArn: 'a',
      FunctionName: 'f',
      FilterCriteria: { Filters: [{ Pattern: '{}', Not: 1 }] },
    };

    expect(() => load('AWS::Lambda::EventSourceMapping', properties)).toThrow(
      'does not support the property FilterCriteria.Filters.0.Not',
    );
  });

  test('rejects an unsupported value by property', () => {
    const redrive = { deadLetterTargetArn: 'arn' };

    expect(() => load('AWS::SQS::Queue', { RedrivePolicy: redrive })).toThrow(
      'property RedrivePolicy.maxReceiveCount',
    );
  });

  test('reports all problems at once', () => {
    expect(() => load('AWS::SQS::Queue', { FifoQueue: true, KmsMasterKeyId: 'key' })).toThrow(
      /FifoQueue.*\n.*KmsMasterKeyId/,
    );
  });

  test('accepts what is deliberately not emulated', () => {
    const resources = load('AWS::SQS::Queue', {
      SqsManagedSseEnabled: true,
      VisibilityTimeout: 30,
    });

    expect(resources.ofType('AWS::SQS::Queue').map(({ name }) => name)).toEqual(['planted-Thing']);
  });
});
