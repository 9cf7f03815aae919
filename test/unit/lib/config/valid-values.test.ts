import { describe, expect, test } from 'vitest';
import { type Context, configError, configErrorOf, configOf, DEFAULTS } from './config-of.ts';

describe('an invalid value is rejected with one message that states the valid values:', () => {
  const STAGE =
    'stage must be at most 16 lower-case letters, digits and hyphens, of which the first is a lower-case letter, not';
  const URLS = 'callbackUrls must be URLs separated by commas, not';
  const SECONDS = (key: string, max: number) =>
    `${key} must be a whole number of seconds from 1 to ${max}, not`;
  const SCHEDULE =
    'reconcileSchedule must be cron(…) or rate(…) in the syntax of EventBridge Scheduler, not';
  const TIMEZONE =
    'reconcileTimezone must be a time zone of the IANA database, for example Asia/Tokyo, not';
  const ROLE = 'breakGlassRole must be the name of an IAM role, with its path if it has one, not';
  const HOLD = SECONDS('holdSeconds', 3600);
  const SLOT = SECONDS('holdGranularitySeconds', 60);

  test.each<[key: string, value: unknown, message: string]>([
    ['stage', 'Dev', `${STAGE} "Dev"`],
    ['stage', '1st', `${STAGE} "1st"`],
    ['stage', 'a_b', `${STAGE} "a_b"`],
    ['stage', 'a'.repeat(17), `${STAGE} "${'a'.repeat(17)}"`],
    ['stage', 7, `${STAGE} 7`],
    ['callbackUrls', 'localhost:3000', `${URLS} "localhost:3000"`],
    [
      'callbackUrls',
      'https://a.example, https://b.example',
      `${URLS} "https://a.example, https://b.example"`,
    ],
    ['callbackUrls', ['https://a.example'], `${URLS} ["https://a.example"]`],
    ['holdSeconds', '0', `${HOLD} "0"`],
    ['holdSeconds', '3601', `${HOLD} "3601"`],
    ['holdSeconds', '60.5', `${HOLD} "60.5"`],
    ['holdSeconds', '-600', `${HOLD} "-600"`],
    ['holdSeconds', 'ten minutes', `${HOLD} "ten minutes"`],
    ['holdGranularitySeconds', '0', `${SLOT} "0"`],
    ['holdGranularitySeconds', '61', `${SLOT} "61"`],
    ['holdGranularitySeconds', '1.5', `${SLOT} "1.5"`],
    ['holdsPerCustomer', '0', 'holdsPerCustomer must be a whole number from 1 to 1000, not "0"'],
    [
      'unitsPerCustomer',
      '0',
      'unitsPerCustomer must be a whole number from 1 to 25000000, not "0"',
    ],
    ['alarmEmail', 'staff', 'alarmEmail must be an e-mail address, not "staff"'],
    [
      'alarmEmail',
      'the staff@shop.example',
      'alarmEmail must be an e-mail address, not "the staff@shop.example"',
    ],
    ['monitoring', 'some', 'monitoring must be none, essential or full, not "some"'],
    ['removalPolicy', 'snapshot', 'removalPolicy must be retain or destroy, not "snapshot"'],
    ['removalPolicy', 'Retain', 'removalPolicy must be retain or destroy, not "Retain"'],
    ['reconcileSchedule', 'nightly', `${SCHEDULE} "nightly"`],
    ['reconcileSchedule', 'rate(0 hours)', `${SCHEDULE} "rate(0 hours)"`],
    [
      'reconcileSchedule',
      'cron(0 3 1 1 ? 2020)',
      'reconcileSchedule must run more than once, but cron(0 3 1 1 ? 2020) does not',
    ],
    [
      'reconcileSchedule',
      'cron(0 3 * * ?)',
      'reconcileSchedule cron(0 3 * * ?) cannot be parsed: cron(0 3 * * ?) does not have 6 fields',
    ],
    ['reconcileTimezone', 'Mars/Olympus', `${TIMEZONE} "Mars/Olympus"`],
    ['reconcileTimezone', 'asia/tokyo', `${TIMEZONE} "asia/tokyo"`],
    ['reconcileTimezone', '+09:00', `${TIMEZONE} "+09:00"`],
    [
      'breakGlassRole',
      'arn:aws:iam::111122223333:role/x',
      `${ROLE} "arn:aws:iam::111122223333:role/x"`,
    ],
    ['breakGlassRole', '*', `${ROLE} "*"`],
    ['reconcileSegments', '0', 'reconcileSegments must be a whole number from 1 to 64, not "0"'],
    ['reconcileSegments', '65', 'reconcileSegments must be a whole number from 1 to 64, not "65"'],
    ['autoRepair', 'always', 'autoRepair must be true or false, not "always"'],
    [
      'repairUnitsPerSku',
      '-1',
      'repairUnitsPerSku must be a whole number from 0 to 1000000, not "-1"',
    ],
    [
      'repairUnitsPerRun',
      'many',
      'repairUnitsPerRun must be a whole number from 0 to 1000000, not "many"',
    ],
    [
      'countToleranceUnits',
      '2.5',
      'countToleranceUnits must be a whole number from 0 to 1000000, not "2.5"',
    ],
    ['deletionProtection', 'yes', 'deletionProtection must be true or false, not "yes"'],
    ['recoveryDays', '36', 'recoveryDays must be a whole number of days from 1 to 35, not "36"'],
    [
      'logRetentionDays',
      '3654',
      'logRetentionDays must be a whole number of days from 1 to 3653, not "3654"',
    ],
    ['archiveDays', '0', 'archiveDays must be a whole number of days from 1 to 3650, not "0"'],
    [
      'memoryMegabytes',
      '127',
      'memoryMegabytes must be a whole number from 128 to 10240, not "127"',
    ],
    [
      'consumerConcurrency',
      '1',
      'consumerConcurrency must be a whole number from 2 to 1000, not "1"',
    ],
    [
      'streamParallelization',
      '0',
      'streamParallelization must be a whole number from 1 to 10, not "0"',
    ],
    [
      'streamParallelization',
      '11',
      'streamParallelization must be a whole number from 1 to 10, not "11"',
    ],
    [
      'reconcilerConcurrency',
      '1001',
      'reconcilerConcurrency must be a whole number from 2 to 1000, not "1001"',
    ],
    ['throttleOrders', '500', 'throttleOrders must be RATE/BURST, for example 500/250, not "500"'],
    [
      'throttleOrders',
      '0/250',
      'throttleOrders must be RATE/BURST, for example 500/250, not "0/250"',
    ],
    [
      'throttleOrders',
      '1000001/250',
      'throttleOrders must be RATE/BURST, for example 500/250 and at most 1000000, not "1000001/250"',
    ],
    [
      'warmInventory',
      '12000/3999',
      'warmInventory must be READ/WRITE units per second, at least 12000/4000 and at most 1000000, not "12000/3999"',
    ],
    [
      'warmOrders',
      '11999/4000',
      'warmOrders must be READ/WRITE units per second, at least 12000/4000 and at most 1000000, not "11999/4000"',
    ],
    ['encryption', 'none', 'encryption must be aws-managed or customer-managed, not "none"'],
    ['rollout', 'slow', 'rollout must be allAtOnce, canary or linear, not "slow"'],
    [
      'countTolerancePercent',
      '101',
      'countTolerancePercent must be a whole number from 0 to 100, not "101"',
    ],
  ])('%s %j', (key, value, message) => {
    expect(configErrorOf({ [key]: value })).toBe(configError(message));
  });

  test('a time zone for a rate, which has no time of day', () => {
    expect(
      configErrorOf({ reconcileSchedule: 'rate(6 hours)', reconcileTimezone: 'Asia/Tokyo' }),
    ).toBe(
      configError(
        'reconcileTimezone is for a cron(…) in reconcileSchedule: a rate(…) has no time of day',
      ),
    );
  });

  test('a domain name without a certificate, and the reverse', () => {
    const certificateArn = 'arn:aws:acm:eu-west-1:111122223333:certificate/1';

    expect(configErrorOf({ domainName: 'api.shop.example' })).toBe(
      configError('domainName and certificateArn must be set together'),
    );
    expect(configErrorOf({ certificateArn })).toBe(
      configError('domainName and certificateArn must be set together'),
    );
    expect(configErrorOf({ domainName: 'api', certificateArn })).toBe(
      configError('domainName must be a domain name, not "api"'),
    );
  });

  test('an invalid hosted zone, or one without a domain name', () => {
    const domain = {
      domainName: 'api.shop.example',
      certificateArn: 'arn:aws:acm:eu-west-1:111122223333:certificate/1',
    };

    expect(configErrorOf({ ...domain, hostedZoneId: 'shop.example' })).toBe(
      configError(
        'hostedZoneId must be the ID of a hosted zone, for example Z0123456789ABC, not "shop.example"',
      ),
    );
    expect(configErrorOf({ hostedZoneId: 'Z0123456789ABC' })).toBe(
      configError('hostedZoneId is the hosted zone of domainName: set both'),
    );
  });

  test.each([
    '*',
    'https://*.shop.example',
    'https://shop.example/',
    'https://shop.example/shop',
    'http://shop.example',
    'shop.example',
    'https://shop.example, https://other.example',
    'https://Shop.example',
    'https://shop.example:0',
    'null',
    'https://localhost.attacker.example,',
  ])('allowedOrigins %j', (allowedOrigins) => {
    expect(configErrorOf({ allowedOrigins })).toContain(
      'allowedOrigins must be https origins without a path, or origins on localhost, separated by commas; the wildcard * is not accepted, not',
    );
  });

  test('log retention days that CloudWatch does not accept', () => {
    expect(configErrorOf({ logRetentionDays: '31' })).toContain(
      'logRetentionDays must be one of 1, 3, 5, 7, 14, 30,',
    );
  });

  test('Stripe without its keys, and keys without Stripe', () => {
    const together = configError('paymentProvider stripe and stripeSecretArn must be set together');
    const stripeSecretArn = 'arn:aws:secretsmanager:eu-west-1:111122223333:secret:stripe-AbCdEf';

    expect(configErrorOf({ paymentProvider: 'stripe' })).toBe(together);
    expect(configErrorOf({ stripeSecretArn })).toBe(together);
    expect(configErrorOf({ paymentProvider: 'stripe', stripeSecretArn: 'sk_live_1' })).toContain(
      'stripeSecretArn must be the complete ARN of a secret in Secrets Manager',
    );
  });

  test("a secret's ARN without its last six characters, and a key without a secret", () => {
    const partial = 'arn:aws:secretsmanager:eu-west-1:111122223333:secret:stripe';
    const stripeSecretKeyArn = 'arn:aws:kms:eu-west-1:111122223333:key/1234abcd-12ab';

    expect(configErrorOf({ paymentProvider: 'stripe', stripeSecretArn: partial })).toContain(
      'including the hyphen and the six random characters at its end, not',
    );
    expect(configErrorOf({ stripeSecretKeyArn })).toBe(
      configError('stripeSecretKeyArn needs stripeSecretArn'),
    );
    expect(
      configOf({
        paymentProvider: 'stripe',
        stripeSecretArn: `${partial}-AbCdEf`,
        stripeSecretKeyArn,
      }),
    ).toMatchObject({ stripeSecretKeyArn });
  });

  test('a hold that is shorter than the granularity', () => {
    expect(configErrorOf({ holdSeconds: '59' })).toBe(
      configError('holdSeconds must be at least holdGranularitySeconds'),
    );
  });

  test('several invalid values in one message', () => {
    expect(
      configErrorOf({ stage: 'Dev', removalPolicy: 'keep', holdGranularitySeconds: '0' }),
    ).toBe(
      configError(
        `${STAGE} "Dev"`,
        'removalPolicy must be retain or destroy, not "keep"',
        `${SLOT} "0"`,
      ),
    );
  });
});

describe('a value at its bound is accepted:', () => {
  test.each<[context: Context, expected: object]>([
    [
      { stage: 'a', removalPolicy: 'destroy' },
      { stage: 'a', breakGlassRole: 'stockbook-a-break-glass' },
    ],
    [
      { stage: 'a'.repeat(16), removalPolicy: 'destroy' },
      { stage: 'a'.repeat(16), breakGlassRole: `stockbook-${'a'.repeat(16)}-break-glass` },
    ],
    [{ holdSeconds: '60' }, { holdSeconds: 60 }],
    [{ holdSeconds: '3600' }, { holdSeconds: 3600 }],
    [
      { holdGranularitySeconds: '1', holdSeconds: '1' },
      { holdGranularitySeconds: 1, holdSeconds: 1 },
    ],
    [{ holdGranularitySeconds: '60' }, { holdGranularitySeconds: 60 }],
    [{ reconcileSegments: '64' }, { reconcileSegments: 64 }],
    [{ countTolerancePercent: '0' }, { countTolerancePercent: 0 }],
  ])('%j', (context, expected) => {
    expect(configOf(context)).toEqual({ ...DEFAULTS, ...expected });
  });
});

test.each(['https://a.example,b', 'https://a.example,', 'https://a.example,,https://b.example'])(
  'every callback URL is checked: %s',
  (callbackUrls) => {
    expect(configErrorOf({ callbackUrls })).toBe(
      configError(`callbackUrls must be URLs separated by commas, not "${callbackUrls}"`),
    );
  },
);

test.each([
  [
    { holdGranularitySeconds: 'x', holdSeconds: '30' },
    'holdGranularitySeconds must be a whole number of seconds from 1 to 60, not "x"',
  ],
  [
    { stage: 'my-aws', removalPolicy: 'destroy' },
    'stage must not contain aws, amazon or cognito, but is "my-aws"',
  ],
])('%j is one error', (context, message) => {
  expect(configErrorOf(context)).toBe(configError(message));
});

test.each([true, [60], '0x3c', '6e1', ' 60 '])('seconds are digits: %j', (holdSeconds) => {
  expect(configErrorOf({ holdGranularitySeconds: 1, holdSeconds })).toBe(
    configError(
      `holdSeconds must be a whole number of seconds from 1 to 3600, not ${JSON.stringify(holdSeconds)}`,
    ),
  );
});
