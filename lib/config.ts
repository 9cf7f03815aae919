import { readFileSync } from 'node:fs';
import type { App } from 'aws-cdk-lib';
import * as z from 'zod/mini';
import { ACCESS_OPTIONS, ACCESS_RULES } from './config/access.ts';
import { CAPACITY_OPTIONS } from './config/capacity.ts';
import { DEPLOYMENT_OPTIONS } from './config/deployment.ts';
import { HOLDS_OPTIONS, HOLDS_RULES } from './config/holds.ts';
import { IDENTITY_OPTIONS, IDENTITY_RULES } from './config/identity.ts';
import { MONITORING_OPTIONS } from './config/monitoring.ts';
import { rule } from './config/option.ts';
import { PAYMENTS_OPTIONS, PAYMENTS_RULES, type PaymentsOptions } from './config/payments.ts';
import { RECONCILIATION_OPTIONS, RECONCILIATION_RULES } from './config/reconciliation.ts';
import { readSettingsFile } from './config/settings-file.ts';
import {
  DEV,
  isProtected,
  STAGE_OPTIONS,
  type StageOptions,
  stageDefaults,
} from './config/stage.ts';
import { STOREFRONT_OPTIONS } from './config/storefront.ts';

/** Every option, by the part of Stockbook that it concerns. */
export const CONFIG_OPTIONS = {
  Stage: STAGE_OPTIONS,
  Identity: IDENTITY_OPTIONS,
  'API access': ACCESS_OPTIONS,
  'Holds and hot SKUs': HOLDS_OPTIONS,
  Storefront: STOREFRONT_OPTIONS,
  Payments: PAYMENTS_OPTIONS,
  Reconciliation: RECONCILIATION_OPTIONS,
  'Deployment and encryption': DEPLOYMENT_OPTIONS,
  Capacity: CAPACITY_OPTIONS,
  Monitoring: MONITORING_OPTIONS,
} as const;

const SHAPE = {
  ...STAGE_OPTIONS,
  ...IDENTITY_OPTIONS,
  ...ACCESS_OPTIONS,
  ...HOLDS_OPTIONS,
  ...STOREFRONT_OPTIONS,
  ...PAYMENTS_OPTIONS,
  ...RECONCILIATION_OPTIONS,
  ...DEPLOYMENT_OPTIONS,
  ...CAPACITY_OPTIONS,
  ...MONITORING_OPTIONS,
};
export type ConfigKey = keyof typeof SHAPE;
const KNOWN_KEYS = Object.keys(SHAPE).join(', ');

const Options = z
  .strictObject(SHAPE, {
    error: (issue) =>
      issue.code === 'unrecognized_keys'
        ? issue.keys.map((key) => `unknown key "${key}" (known: ${KNOWN_KEYS})`).join('; ')
        : undefined,
  })
  .check(
    ...IDENTITY_RULES,
    ...ACCESS_RULES,
    ...HOLDS_RULES,
    ...PAYMENTS_RULES,
    // A deployment without its settings file must not stop taking money.
    rule(
      ['stage', 'orders', 'removalPolicy', 'paymentProvider'],
      (options: StageOptions & PaymentsOptions) =>
        options.orders && isProtected(options) && options.paymentProvider === undefined
          ? `paymentProvider must be set in the protected stage ${options.stage}: stripe, or sandbox, which moves no money`
          : undefined,
    ),
    rule(
      ['orders', 'paymentProvider'],
      ({ orders, paymentProvider }: StageOptions & PaymentsOptions) =>
        orders || paymentProvider === undefined
          ? undefined
          : 'paymentProvider has no use with orders=false, which deploys no payments: remove it',
    ),
    ...RECONCILIATION_RULES,
  );
type Options = z.output<typeof Options>;

const withDefaults = ({ settingsFile: _, ...options }: Options) => ({
  ...options,
  ...stageDefaults(options),
  paymentProvider: options.paymentProvider ?? 'sandbox',
  monitoring: options.monitoring ?? (isProtected(options) ? 'full' : 'none'),
  /** Version of Stockbook, from package.json. */
  version: packageVersion(),
});
/** Configuration of a deployment: every option of docs/CONFIGURATION.md, with its default. */
export type Config = Readonly<ReturnType<typeof withDefaults>>;

/** Context of the CDK itself: feature flags, switches of the toolkit, cached look-ups. */
const CDK_CONTEXT =
  /^(@aws-cdk|aws:|aws-cdk:|availability-zones:|hosted-zone:|ami:|vpc-provider:|ssm:)/;
/** Settings that choose the settings file, so they cannot be in it. */
const CONTEXT_ONLY_KEYS: readonly string[] = ['stage', 'settingsFile'] satisfies ConfigKey[];
const ROOT = new URL('../', import.meta.url);

/** Lists every setting that is not valid. */
export class InvalidConfigError extends Error {
  override readonly name = 'InvalidConfigError';

  constructor(errors: readonly string[]) {
    super(`Invalid configuration: ${errors.join('; ')}`);
  }
}

/**
 * Reads and validates the settings of the CDK context (`-c key=value` and cdk.json) and of the
 * stage's settings file, which the context overrides. Throws one InvalidConfigError with every
 * error.
 *
 * @param root folder to which the path of the settings file is relative
 */
export function loadConfig(app: App, root = ROOT): Config {
  const context = settingsOf(
    Object.entries(app.node.getAllContext()).filter(([key]) => !CDK_CONTEXT.test(key)),
  );
  const stage = z.safeParse(SHAPE.stage, context.stage).data ?? DEV;
  const settingsFile = z.safeParse(SHAPE.settingsFile, context.settingsFile).data;
  const file = readSettingsFile(root, stage, settingsFile);
  const fileEntries = 'error' in file ? [] : Object.entries(file.settings);
  const isMisplaced = ([key]: readonly [string, unknown]) => CONTEXT_ONLY_KEYS.includes(key);

  const result = z.safeParse(Options, {
    ...settingsOf(fileEntries.filter((entry) => !isMisplaced(entry))),
    ...context,
  });
  const errors = [
    ...('error' in file ? [file.error] : []),
    ...fileEntries
      .filter(isMisplaced)
      .map(([key]) => `${key} chooses the settings file and cannot be in it: pass -c ${key}=…`),
    ...(result.error?.issues ?? []).map(({ path, message }) => [...path, message].join(' ')),
  ];
  if (result.data === undefined || errors.length > 0) throw new InvalidConfigError(errors);
  return withDefaults(result.data);
}

/**
 * Returns the settings that have a value. An empty text counts as no value, so that a script can
 * pass an empty variable.
 */
const settingsOf = (entries: readonly (readonly [string, unknown])[]) =>
  Object.fromEntries(
    entries.filter(([key, value]) => value !== undefined && (value !== '' || !(key in SHAPE))),
  );

function packageVersion(): string {
  const manifest: unknown = JSON.parse(readFileSync(new URL('package.json', ROOT), 'utf8'));
  if (typeof manifest === 'object' && manifest !== null && 'version' in manifest)
    return String(manifest.version);
  throw new Error('package.json has no version.');
}
