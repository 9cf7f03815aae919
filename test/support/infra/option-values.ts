import type { ConfigKey } from '../../../lib/config.ts';

type Context = Readonly<Record<string, string>>;
/**
 * Contexts for the values of an option, its default first; or the reason why a stage cannot change
 * the option.
 */
export type OptionValues =
  | readonly [Context, Context, ...Context[]]
  | { readonly unchanged: string };

const certificateArn = 'arn:aws:acm:eu-west-1:111122223333:certificate/1';
const stripeSecretArn = 'arn:aws:secretsmanager:eu-west-1:111122223333:secret:stripe-AbCdEf';
const stripe = { paymentProvider: 'stripe', stripeSecretArn };
const customerIssuer = { customerIssuer: 'https://customers.example', customerAudience: 'shop' };
const staffIssuer = { staffIssuer: 'https://staff.example', staffAudience: 'desk' };

/** Returns the default of an option, and each of its other values. */
const valuesOfOption = (key: string, ...others: readonly [string, ...string[]]): OptionValues => {
  const [first, ...rest] = others.map((value): Context => ({ [key]: value }));
  return [{}, first ?? {}, ...rest];
};

/**
 * Returns the values of every option, in a protected stage. Options that depend on each other
 * change together.
 */
export const OPTION_VALUES: Readonly<Record<ConfigKey, OptionValues>> = {
  stage: { unchanged: 'another stage has other stacks' },
  settingsFile: { unchanged: 'says where the other options are' },
  orders: { unchanged: 'true cannot become false: docs/adr/0051-stage-without-orders.md' },
  removalPolicy: valuesOfOption('removalPolicy', 'destroy'),
  deletionProtection: valuesOfOption('deletionProtection', 'false'),
  recoveryDays: valuesOfOption('recoveryDays', '7'),
  logRetentionDays: valuesOfOption('logRetentionDays', '14'),
  archiveDays: valuesOfOption('archiveDays', '7'),
  breakGlassRole: valuesOfOption('breakGlassRole', 'operators/restore'),

  customerIssuer: [
    {},
    customerIssuer,
    { ...customerIssuer, customerIssuer: 'https://other.example' },
  ],
  customerAudience: [customerIssuer, { ...customerIssuer, customerAudience: 'shop,app' }],
  staffIssuer: [{}, staffIssuer, { ...staffIssuer, staffIssuer: 'https://other.example' }],
  staffAudience: [staffIssuer, { ...staffIssuer, staffAudience: 'desk,tools' }],
  callbackUrls: valuesOfOption('callbackUrls', 'https://shop.example/in'),
  staffCallbackUrls: valuesOfOption('staffCallbackUrls', 'https://staff.example/in'),
  machineClients: valuesOfOption('machineClients', 'staff', 'customer', 'staff,customer'),
  signUpEmailFrom: valuesOfOption('signUpEmailFrom', 'shop@mail.example'),

  showBelow: valuesOfOption('showBelow', '10'),

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
  allowedOrigins: valuesOfOption('allowedOrigins', 'https://shop.example', 'https://store.example'),
  publicAvailability: valuesOfOption('publicAvailability', 'true'),

  holdSeconds: valuesOfOption('holdSeconds', '300'),
  holdGranularitySeconds: valuesOfOption('holdGranularitySeconds', '30'),
  holdsPerCustomer: valuesOfOption('holdsPerCustomer', '10'),
  unitsPerCustomer: valuesOfOption('unitsPerCustomer', '100'),
  shardScaling: valuesOfOption('shardScaling', 'auto'),

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

  reconcileSchedule: valuesOfOption('reconcileSchedule', 'cron(0 5 ? * SUN *)', 'rate(6 hours)'),
  reconcileTimezone: valuesOfOption('reconcileTimezone', 'Asia/Tokyo'),
  reconcileSegments: valuesOfOption('reconcileSegments', '8'),
  autoRepair: valuesOfOption('autoRepair', 'true'),
  repairUnitsPerSku: valuesOfOption('repairUnitsPerSku', '5'),
  repairUnitsPerRun: valuesOfOption('repairUnitsPerRun', '50'),
  countToleranceUnits: valuesOfOption('countToleranceUnits', '5'),
  countTolerancePercent: valuesOfOption('countTolerancePercent', '5'),

  rollout: valuesOfOption('rollout', 'canary', 'linear'),
  encryption: valuesOfOption('encryption', 'customer-managed'),
  schemaRegistry: valuesOfOption('schemaRegistry', 'true'),

  memoryMegabytes: valuesOfOption('memoryMegabytes', '1024'),
  consumerConcurrency: valuesOfOption('consumerConcurrency', '20'),
  streamParallelization: valuesOfOption('streamParallelization', '2'),
  reconcilerConcurrency: valuesOfOption('reconcilerConcurrency', '8'),
  throttleOrders: valuesOfOption('throttleOrders', '500/250'),
  throttleStockRead: valuesOfOption('throttleStockRead', '500/250'),
  throttleStockWrite: valuesOfOption('throttleStockWrite', '200/100'),
  throttleOrdersManage: valuesOfOption('throttleOrdersManage', '100/50'),
  throttleOperations: valuesOfOption('throttleOperations', '40/40'),
  throttleServices: valuesOfOption('throttleServices', '1000/500'),
  throttleProvider: valuesOfOption('throttleProvider', '100/100'),
  throttlePublic: valuesOfOption('throttlePublic', '50/50'),
  throttleStorefront: valuesOfOption('throttleStorefront', '500/250'),
  warmInventory: valuesOfOption('warmInventory', '12000/4000'),
  warmOrders: valuesOfOption('warmOrders', '12000/4000'),
  warmPayments: valuesOfOption('warmPayments', '12000/4000'),

  alarmEmail: valuesOfOption('alarmEmail', 'staff@shop.example'),
  monitoring: valuesOfOption('monitoring', 'essential', 'none'),
};
