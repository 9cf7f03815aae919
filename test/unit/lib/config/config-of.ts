import { readFileSync } from 'node:fs';
import { App, RemovalPolicy } from 'aws-cdk-lib';
import { InvalidConfigError, loadConfig } from '../../../../lib/config.ts';

export type Context = Readonly<Record<string, unknown>>;

export const packageJson: { readonly version: string } = JSON.parse(
  readFileSync(new URL('../../../../package.json', import.meta.url), 'utf8'),
);

export const configOf = (context: Context = {}, root?: URL) =>
  loadConfig(
    new App({ analyticsReporting: false, context: { settingsFile: 'none', ...context } }),
    root,
  );

/** Returns the message of the InvalidConfigError that the context causes. */
export function configErrorOf(context: Context, root?: URL): string {
  try {
    configOf(context, root);
  } catch (error) {
    if (error instanceof InvalidConfigError) return error.message;
    throw error;
  }
  throw new Error('the context was accepted');
}

export const configError = (...errors: readonly string[]): string =>
  `Invalid configuration: ${errors.join('; ')}`;

export const DEFAULTS = {
  stage: 'dev',
  orders: true,
  isProtected: false,
  callbackUrls: ['http://localhost:8765/callback'],
  staffCallbackUrls: ['http://localhost:8765/callback'],
  machineClients: [],
  allowedOrigins: [],
  publicAvailability: false,
  showBelow: 0,
  holdSeconds: 600,
  holdGranularitySeconds: 60,
  holdsPerCustomer: 100,
  unitsPerCustomer: 10_000,
  removalPolicy: RemovalPolicy.DESTROY,
  reconcileSchedule: 'cron(0 3 * * ? *)',
  reconcileTimezone: 'UTC',
  breakGlassRole: 'stockbook-dev-break-glass',
  reconcileSegments: 4,
  autoRepair: false,
  repairUnitsPerSku: 10,
  repairUnitsPerRun: 100,
  countToleranceUnits: 2,
  countTolerancePercent: 1,
  deletionProtection: false,
  recoveryDays: 35,
  logRetentionDays: 14,
  archiveDays: 14,
  schemaRegistry: false,
  memoryMegabytes: 512,
  consumerConcurrency: 2,
  streamParallelization: 1,
  reconcilerConcurrency: 2,
  throttleOrders: { rateLimit: 50, burstLimit: 50 },
  throttleStockRead: { rateLimit: 50, burstLimit: 50 },
  throttleStockWrite: { rateLimit: 20, burstLimit: 20 },
  throttleOrdersManage: { rateLimit: 20, burstLimit: 20 },
  throttleOperations: { rateLimit: 20, burstLimit: 20 },
  throttleServices: { rateLimit: 100, burstLimit: 100 },
  throttleProvider: { rateLimit: 50, burstLimit: 50 },
  throttlePublic: { rateLimit: 20, burstLimit: 20 },
  throttleStorefront: { rateLimit: 50, burstLimit: 50 },
  encryption: 'aws-managed',
  rollout: 'allAtOnce',
  shardScaling: 'propose',
  paymentProvider: 'sandbox',
  monitoring: 'none',
  version: packageJson.version,
};
