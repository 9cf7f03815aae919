import { readFileSync } from 'node:fs';
import type { App } from 'aws-cdk-lib';
import { ACCESS_OPTIONS, type AccessConfig, accessConfig } from './config/access.ts';
import { CAPACITY_OPTIONS, type CapacityConfig, capacityConfig } from './config/capacity.ts';
import { ContextReader } from './config/context-reader.ts';
import {
  DEPLOYMENT_OPTIONS,
  type DeploymentConfig,
  deploymentConfig,
} from './config/deployment.ts';
import { HOLDS_OPTIONS, type HoldsConfig, holdsConfig } from './config/holds.ts';
import { IDENTITY_OPTIONS, type IdentityConfig, identityConfig } from './config/identity.ts';
import {
  MONITORING_OPTIONS,
  type MonitoringConfig,
  monitoringConfig,
} from './config/monitoring.ts';
import { keysOf } from './config/option.ts';
import { PAYMENTS_OPTIONS, type PaymentsConfig, paymentsConfig } from './config/payments.ts';
import {
  RECONCILIATION_OPTIONS,
  type ReconciliationConfig,
  reconciliationConfig,
} from './config/reconciliation.ts';
import { readSettingsFile } from './config/settings-file.ts';
import { STAGE_OPTIONS, type StageConfig, stageConfig, stageName } from './config/stage.ts';

/** The settings of a deployment. docs/CONFIGURATION.md lists them. */
export type Config = StageConfig &
  IdentityConfig &
  AccessConfig &
  HoldsConfig &
  PaymentsConfig &
  ReconciliationConfig &
  DeploymentConfig &
  CapacityConfig &
  MonitoringConfig & {
    /** Version of Stockbook, from package.json. */
    readonly version: string;
  };

/** Every setting, by the part of Stockbook that it concerns. */
export const CONFIG_OPTIONS = {
  Stage: STAGE_OPTIONS,
  Identity: IDENTITY_OPTIONS,
  'API access': ACCESS_OPTIONS,
  'Holds and hot SKUs': HOLDS_OPTIONS,
  Payments: PAYMENTS_OPTIONS,
  Reconciliation: RECONCILIATION_OPTIONS,
  'Deployment and encryption': DEPLOYMENT_OPTIONS,
  Capacity: CAPACITY_OPTIONS,
  Monitoring: MONITORING_OPTIONS,
} as const;
type Values = Readonly<Record<string, unknown>>;
type Parts = (typeof CONFIG_OPTIONS)[keyof typeof CONFIG_OPTIONS];
export type ConfigKey = Parts extends infer Part
  ? Part extends unknown
    ? keyof Part
    : never
  : never;
const KEYS: readonly string[] = Object.values(CONFIG_OPTIONS).flatMap((part) =>
  keysOf<string>(part),
);
/** These choose the settings file, so they cannot be in it. */
const CONTEXT_ONLY_KEYS: readonly string[] = ['stage', 'settingsFile'];

/** Context of the CDK itself: feature flags, switches of the toolkit, cached look-ups. */
const CDK_CONTEXT =
  /^(@aws-cdk|aws:|aws-cdk:|availability-zones:|hosted-zone:|ami:|vpc-provider:|ssm:)/;
const ROOT = new URL('../', import.meta.url);

/** Lists every setting that is not valid. */
export class InvalidConfigError extends Error {
  override readonly name = 'InvalidConfigError';

  constructor(errors: readonly string[]) {
    super(`Invalid configuration: ${errors.join('; ')}`);
  }
}

/**
 * Reads and validates the settings: those of the context (`-c key=value` and cdk.json), and those of the stage's settings file, which
 * the context overrides. Throws one InvalidConfig that names every error.
 *
 * @param root folder to which the path of the settings file is relative
 */
export function loadConfig(app: App, root = ROOT): Config {
  const context: Values = app.node.getAllContext();
  const stageReader = new ContextReader<keyof typeof STAGE_OPTIONS>(context);
  const stage = stageName(stageReader);
  const file = stageReader.text('settingsFile', /^\S+$/, 'a path of a file, or none');
  const settingsFile = readSettingsFile(root, stage, file);
  const settings = 'error' in settingsFile ? {} : settingsFile.settings;

  const reader = new ContextReader<ConfigKey>(mergeSettings(settings, context));
  reader.errors.push(
    ...stageReader.errors,
    ...('error' in settingsFile ? [settingsFile.error] : []),
  );
  const unknown = [
    ...Object.keys(settings),
    ...Object.keys(context).filter((key) => !CDK_CONTEXT.test(key)),
  ]
    .filter((key) => !KEYS.includes(key))
    .map((key) => `unknown key "${key}" (known: ${KEYS.join(', ')})`);
  const misplaced = Object.keys(settings)
    .filter((key) => CONTEXT_ONLY_KEYS.includes(key))
    .map((key) => `${key} chooses the settings file and cannot be in it: pass -c ${key}=…`);
  reader.errors.push(...new Set(unknown), ...misplaced);

  const stageSettings = stageConfig(reader, stage);
  const config = {
    ...stageSettings,
    ...identityConfig(reader),
    ...accessConfig(reader),
    ...holdsConfig(reader),
    ...reconciliationConfig(reader),
    ...paymentsConfig(reader, stageSettings),
    ...deploymentConfig(reader),
    ...capacityConfig(reader),
    ...monitoringConfig(reader, stageSettings),
    version: packageVersion(),
  };
  if (reader.errors.length > 0) throw new InvalidConfigError(reader.errors);
  return config;
}

/** An empty text in the context overrides nothing, so that a script can leave a variable empty. */
const mergeSettings = (settings: Values, context: Values): Values => ({
  ...settings,
  ...Object.fromEntries(
    Object.entries(context).filter(([key, value]) => value !== '' || settings[key] === undefined),
  ),
});

function packageVersion(): string {
  const manifest: unknown = JSON.parse(readFileSync(new URL('package.json', ROOT), 'utf8'));
  if (typeof manifest === 'object' && manifest !== null && 'version' in manifest)
    return String(manifest.version);
  throw new Error('package.json has no version');
}
