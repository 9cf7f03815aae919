import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { TestProject } from 'vitest/node';
import { DEVELOPER_CREDENTIALS } from '../../../local/account.ts';
import { ALERTS_FILE } from '../../../local/alerts/alert-log.ts';
import type { Stack } from '../../../local/cloud-assembly/cloud-assembly.ts';
import { loadFactor } from '../../../local/load-factor.ts';
import { startRuntime } from '../../../local/runtime.ts';
import {
  INVALID_TOKENS,
  type InvalidToken,
  signInvalidTokens,
  tokenVariableOf,
} from '../e2e/invalid-tokens.ts';
import { waitFor } from '../e2e/wait-for.ts';
import {
  type DeployedStage,
  type Route,
  readDeployedStage,
  routesOf,
} from '../infra/deployed-stage.ts';

type ServiceKey = {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
};

declare module 'vitest' {
  export interface ProvidedContext {
    apiUrl: string;
    staffToken: string;
    aliceToken: string;
    bobToken: string;
    /** Token of a customer whom the tests erase. Undefined for a stage without one. */
    carolToken: string | undefined;
    /**
     * Tokens with one defect each, by class of callers and defect. Empty for a stage without them.
     */
    invalidTokens: Readonly<Partial<Record<InvalidToken, string>>>;
    /** Key that signs requests for the service routes. Undefined for a stage without one. */
    serviceKey: ServiceKey | undefined;
    /**
     * Seconds for which an order holds its units. Undefined for a stage that does not state them.
     */
    holdSeconds: number | undefined;
    /** Origin whose pages may call the API from a browser. Undefined for a stage without one. */
    allowedOrigin: string | undefined;
    /** Whether the stage has `publicAvailability=true`. */
    hasStorefront: boolean;
    /** Routes of the deployed templates. Empty for a stage of which only the API is reachable. */
    routes: readonly Route[];
    /** Deployed stage whose queues, tables and logs the tests can reach. */
    account: DeployedStage | undefined;
    /** Endpoints of the local runtime. Undefined for a deployed stage. */
    localEndpoints:
      | {
          /** Folder of the functions' logs. */
          readonly logs: string;
          /** File of the alerts, one as JSON on each line. */
          readonly alerts: string;
          /** Names of all log groups of the templates. */
          readonly logGroups: readonly string[];
          readonly aws: string;
          readonly dynamodb: string;
          readonly sqs: string;
          readonly tables: Record<string, string>;
        }
      | undefined;
  }
}

/**
 * Short, so that tests of expired holds are quick, and longer than a hundred concurrent orders take
 * on a busy machine: the first one must still be held when the last one is placed.
 */
const HOLD_SECONDS = 20 * loadFactor();
const HOLD_GRANULARITY_SECONDS = '1';
const REPAIR_UNITS_PER_SKU = '10';
const ALLOWED_ORIGIN = 'https://shop.example';
const REPAIR_UNITS_PER_RUN = '1000';

/**
 * Starts a local runtime for the tests. With STOCKBOOK_URL the tests run against that stage
 * instead; its environment variables, which CONTRIBUTING.md lists, determine how much of the stage
 * they can reach.
 */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const url = process.env.STOCKBOOK_URL;
  if (url !== undefined) {
    await provideStage(project, url);
    return async () => {};
  }
  const folder = mkdtempSync(path.join(tmpdir(), 'stockbook-e2e-'));
  const runtime = await waitFor(`the local runtime of the ${project.name} tests`, (log) =>
    startRuntime({
      port: 0,
      logDirectory: folder,
      log,
      context: {
        holdSeconds: String(HOLD_SECONDS),
        holdGranularitySeconds: HOLD_GRANULARITY_SECONDS,
        autoRepair: 'true',
        repairUnitsPerSku: REPAIR_UNITS_PER_SKU,
        repairUnitsPerRun: REPAIR_UNITS_PER_RUN,
        allowedOrigins: ALLOWED_ORIGIN,
        publicAvailability: 'true',
      },
    }),
  );
  project.provide('apiUrl', runtime.api);
  project.provide('staffToken', await runtime.tokenFor('staff'));
  project.provide('aliceToken', await runtime.tokenFor('customer', 'alice'));
  project.provide('bobToken', await runtime.tokenFor('customer', 'bob'));
  project.provide('carolToken', await runtime.tokenFor('customer', 'carol'));
  project.provide('invalidTokens', await signInvalidTokens(runtime.aws, runtime.tokenFor));
  project.provide('serviceKey', DEVELOPER_CREDENTIALS);
  project.provide('holdSeconds', HOLD_SECONDS);
  project.provide('allowedOrigin', ALLOWED_ORIGIN);
  project.provide('hasStorefront', true);
  project.provide('routes', readRoutes(runtime.stacks));
  project.provide('account', undefined);
  project.provide('localEndpoints', {
    logs: folder,
    alerts: path.join(folder, 'alerts', ALERTS_FILE),
    logGroups: runtime.stacks.flatMap(({ name, template }) =>
      Object.entries(template.Resources ?? {}).flatMap(([logicalId, { Type }]) =>
        Type === 'AWS::Logs::LogGroup' ? [`${name}-${logicalId}`] : [],
      ),
    ),
    aws: runtime.aws,
    dynamodb: runtime.dynamodb,
    sqs: runtime.sqs,
    tables: runtime.tables,
  });
  return async () => {
    await runtime.stop();
    rmSync(folder, { recursive: true, force: true });
  };
}

async function provideStage(project: TestProject, url: string): Promise<void> {
  const stage = optionalVariable('STOCKBOOK_STAGE');
  const account = stage === undefined ? undefined : await readDeployedStage(stage);
  const givenTokens = INVALID_TOKENS.flatMap((wrong) => {
    const token = optionalVariable(tokenVariableOf(wrong));
    return token === undefined ? [] : [[wrong, token] as const];
  });
  const holdSeconds = optionalVariable('STOCKBOOK_HOLD_SECONDS');
  project.provide('apiUrl', url.replace(/\/$/, ''));
  project.provide('staffToken', requiredVariable('STOCKBOOK_STAFF_TOKEN'));
  project.provide('aliceToken', requiredVariable('STOCKBOOK_ALICE_TOKEN'));
  project.provide('bobToken', requiredVariable('STOCKBOOK_BOB_TOKEN'));
  project.provide('carolToken', optionalVariable('STOCKBOOK_CAROL_TOKEN'));
  project.provide('invalidTokens', Object.fromEntries(givenTokens));
  project.provide('serviceKey', readServiceKey());
  project.provide('holdSeconds', holdSeconds === undefined ? undefined : Number(holdSeconds));
  project.provide('allowedOrigin', optionalVariable('STOCKBOOK_ALLOWED_ORIGIN'));
  project.provide('hasStorefront', process.env.STOCKBOOK_PUBLIC_AVAILABILITY === 'true');
  project.provide('routes', account?.routes ?? []);
  project.provide('account', account);
  project.provide('localEndpoints', undefined);
}

function readServiceKey(): ServiceKey | undefined {
  const accessKeyId = optionalVariable('STOCKBOOK_SERVICE_ACCESS_KEY_ID');
  if (accessKeyId === undefined) return undefined;
  const secretAccessKey = requiredVariable('STOCKBOOK_SERVICE_SECRET_ACCESS_KEY');
  const sessionToken = optionalVariable('STOCKBOOK_SERVICE_SESSION_TOKEN');
  return { accessKeyId, secretAccessKey, ...(sessionToken === undefined ? {} : { sessionToken }) };
}

/** Returns the value of an environment variable, or undefined when it is not set or empty. */
const optionalVariable = (name: string): string | undefined => process.env[name] || undefined;

function requiredVariable(name: string): string {
  const value = optionalVariable(name);
  if (value === undefined)
    throw new Error(`STOCKBOOK_URL is set, so set ${name} too (CONTRIBUTING.md lists all)`);
  return value;
}

const readRoutes = (stacks: readonly Stack[]): readonly Route[] =>
  stacks.flatMap(({ template }) => routesOf(template.Resources ?? {}));
