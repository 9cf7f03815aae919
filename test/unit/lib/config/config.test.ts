import { RemovalPolicy } from 'aws-cdk-lib';
import { describe, expect, test } from 'vitest';
import { CONFIG_OPTIONS } from '../../../../lib/config.ts';
import { configError, configErrorOf, configOf, DEFAULTS, packageJson } from './config-of.ts';

describe('the configuration', () => {
  test('has a default for each optional setting', () => {
    expect(configOf()).toEqual(DEFAULTS);
  });

  test('takes every setting of the context', () => {
    const config = configOf({
      stage: 'trial-2',
      customerIssuer: 'https://issuer.example/pool',
      customerAudience: 'shop,app',
      callbackUrls: 'https://shop.example/in,http://localhost:8080/in',
      staffCallbackUrls: 'https://warehouse.example/in',
      machineClients: 'staff',
      signUpEmailFrom: 'shop@mail.shop.example',
      holdSeconds: '900',
      holdGranularitySeconds: '30',
      holdsPerCustomer: '5',
      unitsPerCustomer: '50',
      alarmEmail: 'staff@shop.example',
      monitoring: 'essential',
      removalPolicy: 'retain',
      reconcileSchedule: 'cron(30 1 ? * MON-FRI *)',
      reconcileTimezone: 'Asia/Tokyo',
      breakGlassRole: 'operations/break-glass',
      reconcileSegments: '16',
      autoRepair: 'true',
      repairUnitsPerSku: '0',
      repairUnitsPerRun: '500',
      countToleranceUnits: '5',
      countTolerancePercent: '3',
      deletionProtection: 'true',
      recoveryDays: '7',
      logRetentionDays: '365',
      archiveDays: '30',
      schemaRegistry: 'true',
      memoryMegabytes: '1024',
      consumerConcurrency: '50',
      streamParallelization: '10',
      reconcilerConcurrency: '8',
      throttleOrders: '2500/5000',
      throttleStockRead: '1/2',
      throttleStockWrite: '3/4',
      throttleOrdersManage: '5/6',
      throttleOperations: '7/8',
      throttleServices: '9/10',
      throttleProvider: '11/12',
      throttlePublic: '13/14',
      throttleStorefront: '15/16',
      warmInventory: '24000/48000',
      warmOrders: '12000/4000',
      warmPayments: '13000/5000',
      encryption: 'customer-managed',
      rollout: 'canary',
      shardScaling: 'auto',
      paymentProvider: 'stripe',
      stripeSecretArn: 'arn:aws:secretsmanager:eu-west-1:111122223333:secret:stripe-AbCdEf',
      domainName: 'api.shop.example',
      certificateArn: 'arn:aws:acm:eu-west-1:111122223333:certificate/1',
      hostedZoneId: 'Z0123456789ABC',
      allowedOrigins: 'https://shop.example,http://localhost:5173,https://shop.example',
      publicAvailability: 'true',
      showBelow: '10',
    });

    expect(config).toEqual({
      stage: 'trial-2',
      orders: true,
      isProtected: true,
      customerIssuer: 'https://issuer.example/pool',
      customerAudience: ['shop', 'app'],
      callbackUrls: ['https://shop.example/in', 'http://localhost:8080/in'],
      staffCallbackUrls: ['https://warehouse.example/in'],
      machineClients: ['staff'],
      signUpEmailFrom: 'shop@mail.shop.example',
      allowedOrigins: ['https://shop.example', 'http://localhost:5173'],
      publicAvailability: true,
      showBelow: 10,
      holdSeconds: 900,
      holdGranularitySeconds: 30,
      holdsPerCustomer: 5,
      unitsPerCustomer: 50,
      alarmEmail: 'staff@shop.example',
      monitoring: 'essential',
      removalPolicy: RemovalPolicy.RETAIN,
      reconcileSchedule: 'cron(30 1 ? * MON-FRI *)',
      reconcileTimezone: 'Asia/Tokyo',
      breakGlassRole: 'operations/break-glass',
      reconcileSegments: 16,
      autoRepair: true,
      repairUnitsPerSku: 0,
      repairUnitsPerRun: 500,
      countToleranceUnits: 5,
      countTolerancePercent: 3,
      deletionProtection: true,
      recoveryDays: 7,
      logRetentionDays: 365,
      archiveDays: 30,
      schemaRegistry: true,
      memoryMegabytes: 1_024,
      consumerConcurrency: 50,
      streamParallelization: 10,
      reconcilerConcurrency: 8,
      throttleOrders: { rateLimit: 2_500, burstLimit: 5_000 },
      throttleStockRead: { rateLimit: 1, burstLimit: 2 },
      throttleStockWrite: { rateLimit: 3, burstLimit: 4 },
      throttleOrdersManage: { rateLimit: 5, burstLimit: 6 },
      throttleOperations: { rateLimit: 7, burstLimit: 8 },
      throttleServices: { rateLimit: 9, burstLimit: 10 },
      throttleProvider: { rateLimit: 11, burstLimit: 12 },
      throttlePublic: { rateLimit: 13, burstLimit: 14 },
      throttleStorefront: { rateLimit: 15, burstLimit: 16 },
      warmInventory: { readUnitsPerSecond: 24_000, writeUnitsPerSecond: 48_000 },
      warmOrders: { readUnitsPerSecond: 12_000, writeUnitsPerSecond: 4_000 },
      warmPayments: { readUnitsPerSecond: 13_000, writeUnitsPerSecond: 5_000 },
      encryption: 'customer-managed',
      rollout: 'canary',
      shardScaling: 'auto',
      paymentProvider: 'stripe',
      stripeSecretArn: 'arn:aws:secretsmanager:eu-west-1:111122223333:secret:stripe-AbCdEf',
      domainName: 'api.shop.example',
      certificateArn: 'arn:aws:acm:eu-west-1:111122223333:certificate/1',
      hostedZoneId: 'Z0123456789ABC',
      version: packageJson.version,
    });
  });

  test.each(['prod', 'prod-eu', 'production', 'trial'])(
    'protects the stage %s by default',
    (stage) => {
      expect(configOf({ stage, paymentProvider: 'sandbox' })).toEqual({
        ...DEFAULTS,
        stage,
        isProtected: true,
        breakGlassRole: `stockbook-${stage}-break-glass`,
        removalPolicy: RemovalPolicy.RETAIN,
        deletionProtection: true,
        logRetentionDays: 90,
        archiveDays: 90,
        monitoring: 'full',
      });
    },
  );

  test('accepts a number as a JSON number, as in cdk.json', () => {
    expect(configOf({ holdSeconds: 900 })).toEqual({ ...DEFAULTS, holdSeconds: 900 });
  });

  test('treats an empty text as no value, so that a script can pass an empty variable', () => {
    const context = {
      stage: '',
      customerIssuer: '',
      customerAudience: '',
      staffIssuer: '',
      staffAudience: '',
      callbackUrls: '',
      machineClients: '',
      alarmEmail: '',
      removalPolicy: '',
    };

    expect(configOf(context)).toEqual(DEFAULTS);
  });
});

describe('the tables', () => {
  test.each([
    ['of dev are deleted', {}, RemovalPolicy.DESTROY],
    [
      'of any other stage are kept',
      { stage: 'trial', paymentProvider: 'sandbox' },
      RemovalPolicy.RETAIN,
    ],
    [
      'of a stage whose name starts with dev are kept',
      { stage: 'dev2', paymentProvider: 'sandbox' },
      RemovalPolicy.RETAIN,
    ],
    [
      'of prod are deleted if that is set',
      { stage: 'prod', removalPolicy: 'destroy' },
      RemovalPolicy.DESTROY,
    ],
    [
      'of dev are kept if that is set',
      { removalPolicy: 'retain', paymentProvider: 'sandbox' },
      RemovalPolicy.RETAIN,
    ],
  ])('%s', (_case, context, removalPolicy) => {
    expect(configOf(context)).toMatchObject({
      removalPolicy,
      isProtected: removalPolicy === RemovalPolicy.RETAIN,
      deletionProtection: removalPolicy === RemovalPolicy.RETAIN,
    });
  });
});

describe('a protected stage', () => {
  const unnamed = (stage: string) =>
    configError(
      `paymentProvider must be set in the protected stage ${stage}: stripe, or sandbox, which moves no money`,
    );

  test('must name its payment provider', () => {
    expect(configErrorOf({ stage: 'prod' })).toBe(unnamed('prod'));
    expect(configErrorOf({ stage: 'prod', paymentProvider: '' })).toBe(unnamed('prod'));
    expect(configErrorOf({ removalPolicy: 'retain' })).toBe(unnamed('dev'));
  });

  test('is not protected and need not name it if it may be destroyed', () => {
    expect(configOf({ stage: 'trial', removalPolicy: 'destroy' }).paymentProvider).toBe('sandbox');
  });
});

describe('a stage without orders', () => {
  test('need not name a payment provider when it is protected', () => {
    expect(configOf({ stage: 'prod', orders: 'false' })).toMatchObject({
      orders: false,
      isProtected: true,
    });
  });

  test('rejects a payment provider', () => {
    expect(configErrorOf({ orders: 'false', paymentProvider: 'sandbox' })).toBe(
      configError(
        'paymentProvider has no use with orders=false, which deploys no payments: remove it',
      ),
    );
  });
});

describe('an unknown key', () => {
  const KNOWN = Object.values(CONFIG_OPTIONS).flatMap(Object.keys).join(', ');

  test('is rejected with a list of all settings', () => {
    expect(KNOWN).toMatch(
      /^stage, settingsFile, orders, removalPolicy, .*staffIssuer, .*holdSeconds, .*alarmEmail, monitoring$/,
    );
  });

  test('is rejected with its name and the known settings', () => {
    expect(configErrorOf({ stagee: 'prod' })).toBe(
      configError(`unknown key "stagee" (known: ${KNOWN})`),
    );
  });

  test('is rejected if only its case differs', () => {
    expect(configErrorOf({ Stage: 'prod' })).toBe(
      configError(`unknown key "Stage" (known: ${KNOWN})`),
    );
  });

  test.each([
    '@aws-cdk/aws-iam:minimizePolicies',
    'aws:cdk:enable-path-metadata',
    'availability-zones:account=1',
  ])('is allowed if it belongs to the CDK: %s', (key) => {
    expect(configOf({ [key]: true })).toEqual(DEFAULTS);
  });
});
