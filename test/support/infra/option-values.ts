import type { Key } from '../../../lib/config.ts';

type Context = Readonly<Record<string, string>>;
/** Contexts that stand for the values of an option, its default first; or why the option is none that a stage changes. */
export type OptionValues =
  | readonly [Context, Context, ...Context[]]
  | { readonly unchanged: string };

const certificateArn = 'arn:aws:acm:eu-west-1:111122223333:certificate/1';
const stripeSecretArn = 'arn:aws:secretsmanager:eu-west-1:111122223333:secret:stripe-AbCdEf';
const stripe = { paymentProvider: 'stripe', stripeSecretArn };
const customerIssuer = { customerIssuer: 'https://customers.example', customerAudience: 'shop' };
const staffIssuer = { staffIssuer: 'https://staff.example', staffAudience: 'desk' };

/** The default of an option, and each of the other values. */
const values = (key: string, ...others: readonly [string, ...string[]]): OptionValues => {
  const [first, ...rest] = others.map((value): Context => ({ [key]: value }));
  return [{}, first ?? {}, ...rest];
};

/** The values of every option, in a protected stage. Options that go together are changed together. */
export const OPTION_VALUES: Readonly<Record<Key, OptionValues>> = {
  stage: { unchanged: 'another stage has other stacks' },
  settingsFile: { unchanged: 'says where the other options are' },
  removalPolicy: values('removalPolicy', 'destroy'),
  deletionProtection: values('deletionProtection', 'false'),
  recoveryDays: values('recoveryDays', '7'),
  logRetentionDays: values('logRetentionDays', '14'),
  archiveDays: values('archiveDays', '7'),
  breakGlassRole: values('breakGlassRole', 'operators/restore'),

  customerIssuer: [
    {},
    customerIssuer,
    { ...customerIssuer, customerIssuer: 'https://other.example' },
  ],
  customerAudience: [customerIssuer, { ...customerIssuer, customerAudience: 'shop,app' }],
  staffIssuer: [{}, staffIssuer, { ...staffIssuer, staffIssuer: 'https://other.example' }],
  staffAudience: [staffIssuer, { ...staffIssuer, staffAudience: 'desk,tools' }],
  callbackUrls: values('callbackUrls', 'https://shop.example/in'),
  staffCallbackUrls: values('staffCallbackUrls', 'https://staff.example/in'),
  machineClients: values('machineClients', 'staff', 'customer', 'staff,customer'),
  signUpEmailFrom: values('signUpEmailFrom', 'shop@mail.example'),

  domainName: [
    {},
    { domainName: 'api.shop.example', certificateArn },
    { domainName: 'api.store.example', certificateArn },
  ],
  certificateArn: [
    { domainName: 'api.shop.example', certificateArn },
    { domainName: 'api.shop.example', certificateArn: `${certificateArn}2` },
  ],
  hostedZoneId: [
    { domainName: 'api.shop.example', certificateArn },
    { domainName: 'api.shop.example', certificateArn, hostedZoneId: 'Z0123456789ABC' },
    { domainName: 'api.shop.example', certificateArn, hostedZoneId: 'Z0123456789XYZ' },
  ],
  allowedOrigins: values('allowedOrigins', 'https://shop.example', 'https://store.example'),

  holdSeconds: values('holdSeconds', '300'),
  holdSlotSeconds: values('holdSlotSeconds', '30'),
  holdsPerCustomer: values('holdsPerCustomer', '10'),
  unitsPerCustomer: values('unitsPerCustomer', '100'),
  hotSkus: values('hotSkus', 'apply'),

  paymentProvider: [{}, stripe],
  stripeSecretArn: [
    stripe,
    { ...stripe, stripeSecretArn: stripeSecretArn.replace('AbCdEf', 'GhIjKl') },
  ],
  stripeSecretKeyArn: [
    stripe,
    { ...stripe, stripeSecretKeyArn: 'arn:aws:kms:eu-west-1:111122223333:key/1' },
    { ...stripe, stripeSecretKeyArn: 'arn:aws:kms:eu-west-1:111122223333:key/2' },
  ],

  reconcileSchedule: values('reconcileSchedule', 'cron(0 5 ? * SUN *)', 'rate(6 hours)'),
  reconcileTimezone: values('reconcileTimezone', 'Asia/Tokyo'),
  reconcileSegments: values('reconcileSegments', '8'),
  repairs: values('repairs', 'auto'),
  repairUnitsPerSku: values('repairUnitsPerSku', '5'),
  repairUnitsPerRun: values('repairUnitsPerRun', '50'),
  countToleranceUnits: values('countToleranceUnits', '5'),
  countTolerancePercent: values('countTolerancePercent', '5'),

  rollout: values('rollout', 'canary', 'linear'),
  encryption: values('encryption', 'customer'),
  schemaRegistry: values('schemaRegistry', 'true'),

  memoryMegabytes: values('memoryMegabytes', '1024'),
  consumerConcurrency: values('consumerConcurrency', '20'),
  streamParallelization: values('streamParallelization', '2'),
  reconcilerConcurrency: values('reconcilerConcurrency', '8'),
  throttleOrders: values('throttleOrders', '500/250'),
  throttleStockRead: values('throttleStockRead', '500/250'),
  throttleStockWrite: values('throttleStockWrite', '200/100'),
  throttleOrdersManage: values('throttleOrdersManage', '100/50'),
  throttleOperations: values('throttleOperations', '40/40'),
  throttleServices: values('throttleServices', '1000/500'),
  throttleProvider: values('throttleProvider', '100/100'),
  throttleAnybody: values('throttleAnybody', '50/50'),
  warmInventory: values('warmInventory', '12000/4000'),
  warmOrders: values('warmOrders', '12000/4000'),
  warmPayments: values('warmPayments', '12000/4000'),

  alarmEmail: values('alarmEmail', 'staff@shop.example'),
  monitoring: values('monitoring', 'essential', 'none'),
};
