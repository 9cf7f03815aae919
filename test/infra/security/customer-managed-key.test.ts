import { beforeAll, describe, expect, test } from 'vitest';
import * as z from 'zod/mini';
import { synthesizeTemplates } from '../../support/infra/synthesize-templates.ts';
import {
  type Resource,
  readProperties,
  resourcesOf,
  resourcesOfType,
  statementsOf,
} from '../../support/infra/templates.ts';

const KEY = 'key/Key.Arn';
const BUS_DLQ = 'shared/BusFailed';

let encrypted: readonly Resource[];
let dev: readonly Resource[];

beforeAll(() => {
  dev = resourcesOf(synthesizeTemplates());
  encrypted = resourcesOf(synthesizeTemplates({ encryption: 'customer-managed' }));
});

const KeyStatement = z.strictObject({
  Sid: z.optional(z.string()),
  Effect: z.literal('Allow'),
  Action: z.union([z.string(), z.array(z.string())]),
  Principal: z.unknown(),
  Resource: z.literal('*'),
  Condition: z.optional(z.unknown()),
});

describe('a customer-managed key', () => {
  const HOLDERS = {
    'AWS::SQS::Queue': 'KmsMasterKeyId',
    'AWS::SNS::Topic': 'KmsMasterKeyId',
    'AWS::Logs::LogGroup': 'KmsKeyId',
    'AWS::Events::EventBus': 'KmsKeyIdentifier',
    'AWS::Events::Archive': 'KmsKeyIdentifier',
  } as const;

  test.each(Object.entries(HOLDERS))(
    'encrypts each %s, except the dead letters of the bus',
    (type, property) => {
      const holders = resourcesOfType(encrypted, type).filter(({ name }) => name !== BUS_DLQ);

      expect(holders.length).toBeGreaterThan(0);
      expect(new Set(holders.map(({ properties }) => properties[property]))).toEqual(
        new Set([KEY]),
      );
    },
  );

  test('encrypts each table', () => {
    const Encrypted = z.object({
      SSESpecification: z.strictObject({ SSEEnabled: z.literal(true), SSEType: z.literal('KMS') }),
      Replicas: z.array(
        z.object({ SSESpecification: z.strictObject({ KMSMasterKeyId: z.string() }) }),
      ),
    });
    const keys = resourcesOfType(encrypted, 'AWS::DynamoDB::GlobalTable').flatMap((table) =>
      readProperties(Encrypted, table).Replicas.map(
        ({ SSESpecification: { KMSMasterKeyId } }) => KMSMasterKeyId,
      ),
    );

    expect(keys.length).toBeGreaterThan(0);
    expect(new Set(keys)).toEqual(new Set([KEY]));
  });

  test('is the only one, rotates, and stays in its own stack when the option is removed', () => {
    const ofProd = resourcesOf(
      synthesizeTemplates({
        stage: 'prod',
        paymentProvider: 'sandbox',
        encryption: 'customer-managed',
      }),
    );
    const [key, ...others] = resourcesOfType(ofProd, 'AWS::KMS::Key');

    expect(others).toEqual([]);
    expect(ofProd.filter(({ stack }) => stack === 'key')).toEqual([key]);
    expect(key?.properties.EnableKeyRotation).toBe(true);
    expect([key?.deletionPolicy, key?.updateReplacePolicy]).toEqual([
      'RetainExceptOnCreate',
      'Retain',
    ]);
    expect(resourcesOfType(dev, 'AWS::KMS::Key')).toEqual([]);
  });

  test('grants each service the documented actions under the conditions that it supports', () => {
    const [key] = resourcesOfType(encrypted, 'AWS::KMS::Key');
    const { KeyPolicy } = readProperties(
      z.object({ KeyPolicy: z.object({ Statement: z.array(KeyStatement) }) }),
      key as Resource,
    );
    const own = (service: string, resource: string) =>
      `arn:<Partition>:${service}:<Region>:<AccountId>:${resource}`;
    const through = (service: string) => ({
      StringEquals: {
        'kms:CallerAccount': '<AccountId>',
        'kms:ViaService': `${service}.<Region>.amazonaws.com`,
      },
    });
    const ofTheAccount = { StringEquals: { 'aws:SourceAccount': '<AccountId>' } };
    const events = { Service: 'events.amazonaws.com' };
    const dataKeys = ['kms:Decrypt', 'kms:GenerateDataKey'];
    const statements = KeyPolicy.Statement.map(({ Sid, Principal, Action, Condition }) => [
      Sid,
      { Principal, Action, ...(Condition === undefined ? {} : { Condition }) },
    ]);

    expect(Object.fromEntries(statements)).toEqual({
      // The account itself. Without it, IAM policies have no effect and the key cannot be changed.
      undefined: { Principal: { AWS: 'arn:<Partition>:iam::<AccountId>:root' }, Action: 'kms:*' },
      Throughdynamodb: {
        Principal: { AWS: '*' },
        Action: [
          'kms:CreateGrant',
          'kms:Decrypt',
          'kms:DescribeKey',
          'kms:Encrypt',
          'kms:GenerateDataKey*',
          'kms:ReEncrypt*',
        ],
        Condition: through('dynamodb'),
      },
      Throughsqs: { Principal: { AWS: '*' }, Action: dataKeys, Condition: through('sqs') },
      EventBridgeDescribesTheKey: { Principal: events, Action: 'kms:DescribeKey' },
      EventBridgeKeepsEvents: {
        Principal: events,
        Action: [...dataKeys, 'kms:ReEncrypt*'],
        Condition: {
          ArnLike: {
            'kms:EncryptionContext:aws:events:event-bus:arn': own('events', 'event-bus/*'),
          },
        },
      },
      EventBridgeSendsToQueues: { Principal: events, Action: dataKeys, Condition: ofTheAccount },
      // No condition on the source, because notifications would never arrive with one.
      EventBridgePublishesNotices: {
        Principal: events,
        Action: ['kms:Decrypt', 'kms:GenerateDataKey*'],
        Condition: { ArnLike: { 'kms:EncryptionContext:aws:sns:topicArn': own('sns', '*') } },
      },
      AlarmsPublishNotices: {
        Principal: { Service: 'cloudwatch.amazonaws.com' },
        Action: ['kms:Decrypt', 'kms:GenerateDataKey*'],
        Condition: ofTheAccount,
      },
      LogsKeepLines: {
        Principal: { Service: 'logs.<Region>.amazonaws.com' },
        Action: [
          'kms:Decrypt',
          'kms:Describe*',
          'kms:Encrypt',
          'kms:GenerateDataKey*',
          'kms:ReEncrypt*',
        ],
        Condition: {
          ArnLike: { 'kms:EncryptionContext:aws:logs:arn': own('logs', 'log-group:*') },
        },
      },
    });
    expect(statements).toHaveLength(9);
  });
});

describe('the bus', () => {
  const Bus = z.object({ DeadLetterConfig: z.object({ Arn: z.string() }) });

  test.each([
    ['with keys of AWS', () => dev],
    ['with a key of the account', () => encrypted],
  ] as const)('sends events that it cannot encrypt to a queue without the key: %s', (_case, of) => {
    const [bus] = resourcesOfType(of(), 'AWS::Events::EventBus');
    const queue = resourcesOfType(of(), 'AWS::SQS::Queue').find(({ name }) => name === BUS_DLQ);

    expect(readProperties(Bus, bus as Resource).DeadLetterConfig.Arn).toBe(`${BUS_DLQ}.Arn`);
    expect(queue?.properties.SqsManagedSseEnabled).toBe(true);
    expect(queue?.properties.KmsMasterKeyId).toBeUndefined();
  });

  test('is the only one that may send to that queue', () => {
    const allowed = resourcesOfType(dev, 'AWS::SQS::QueuePolicy')
      .flatMap(statementsOf)
      .filter(({ Effect, Resource: [queue] }) => Effect === 'Allow' && queue === `${BUS_DLQ}.Arn`);

    expect(allowed).toEqual([
      expect.objectContaining({
        Action: ['sqs:SendMessage'],
        Principal: { Service: 'events.amazonaws.com' },
        Condition: { ArnEquals: { 'aws:SourceArn': 'shared/Bus.Arn' } },
      }),
    ]);
  });
});

test("the secret of Stripe may use a customer-managed key, which payments' functions may decrypt", () => {
  const secretKey = 'arn:aws:kms:eu-west-1:111122223333:key/1';
  const policies = (context: Readonly<Record<string, string>>) =>
    resourcesOfType(
      resourcesOf(
        synthesizeTemplates({
          paymentProvider: 'stripe',
          stripeSecretArn: 'arn:aws:secretsmanager:eu-west-1:111122223333:secret:stripe-AbCdEf',
          ...context,
        }),
      ),
      'AWS::IAM::Policy',
    ).filter((policy) =>
      JSON.stringify(policy.properties).includes('secretsmanager:GetSecretValue'),
    );
  const decrypting = (policy: Resource) =>
    statementsOf(policy).filter(({ Action, Resource: [resource] }) => {
      expect(Action.includes('kms:Decrypt') ? resource : secretKey).toBe(secretKey);
      return Action.includes('kms:Decrypt');
    });

  expect(policies({}).flatMap(decrypting)).toEqual([]);
  expect(policies({ stripeSecretKeyArn: secretKey }).length).toBeGreaterThan(4);
  for (const policy of policies({ stripeSecretKeyArn: secretKey }))
    expect(decrypting(policy)).toHaveLength(1);
});
