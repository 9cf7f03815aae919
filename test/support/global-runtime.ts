import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { TestProject } from 'vitest/node';
import { readCloudAssembly } from '../../local/cloud-assembly.ts';
import { type Runtime, startRuntime } from '../../local/runtime.ts';
import { waitFor } from './waiting.ts';

declare module 'vitest' {
  export interface ProvidedContext {
    apiUrl: string;
    staffToken: string;
    aliceToken: string;
    bobToken: string;
    /** Of a customer who is forgotten; none for a stack in AWS. */
    carolToken: string;
    /** Tokens of the issuer that are wrong in one thing each, by what it is; none for a stack in AWS. */
    wrongTokens: Readonly<Record<string, string>>;
    /** Of the templates that run; none for a stack in AWS. */
    routes: readonly { readonly routeKey: string; readonly access: string }[];
    /** Undefined for a stack in AWS, of which only the API is reached. */
    localEndpoints:
      | {
          /** The folder of the functions' logs. */
          readonly logs: string;
          readonly aws: string;
          readonly dynamodb: string;
          readonly sqs: string;
          readonly tables: Record<string, string>;
        }
      | undefined;
  }
}

/** Short, so that tests of what happens when a hold lapses need not wait long. */
const HOLD_SECONDS = '8';
const HOLD_SLOT_SECONDS = '1';
const REPAIR_UNITS_PER_SKU = '10';
const REPAIR_UNITS_PER_RUN = '1000';

/**
 * The end-to-end tests run against STOCKBOOK_URL with the tokens in STOCKBOOK_STAFF_TOKEN, STOCKBOOK_ALICE_TOKEN and
 * STOCKBOOK_BOB_TOKEN; without it, against a local runtime of their own.
 */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const url = process.env.STOCKBOOK_URL;
  if (url !== undefined) {
    project.provide('apiUrl', url.replace(/\/$/, ''));
    project.provide('staffToken', given('STOCKBOOK_STAFF_TOKEN'));
    project.provide('aliceToken', given('STOCKBOOK_ALICE_TOKEN'));
    project.provide('bobToken', given('STOCKBOOK_BOB_TOKEN'));
    project.provide('carolToken', '');
    project.provide('localEndpoints', undefined);
    project.provide('wrongTokens', {});
    project.provide('routes', []);
    return async () => {};
  }
  const folder = mkdtempSync(path.join(tmpdir(), 'stockbook-e2e-'));
  const outDir = path.join(folder, 'cdk.out');
  const runtime = await waitFor(`the local runtime of the ${project.name} tests`, (log) =>
    startRuntime({
      port: 0,
      outDir,
      log,
      context: {
        holdSeconds: HOLD_SECONDS,
        holdSlotSeconds: HOLD_SLOT_SECONDS,
        repairs: 'auto',
        repairUnitsPerSku: REPAIR_UNITS_PER_SKU,
        repairUnitsPerRun: REPAIR_UNITS_PER_RUN,
      },
    }),
  );
  project.provide('apiUrl', runtime.api);
  project.provide('staffToken', await runtime.tokenFor('staff'));
  project.provide('aliceToken', await runtime.tokenFor('customer', 'alice'));
  project.provide('bobToken', await runtime.tokenFor('customer', 'bob'));
  project.provide('carolToken', await runtime.tokenFor('customer', 'carol'));
  project.provide('wrongTokens', await wrongTokens(runtime));
  project.provide('routes', routesOf(outDir));
  project.provide('localEndpoints', {
    logs: path.join(folder, 'logs'),
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

function given(name: string): string {
  const value = process.env[name];
  if (value === undefined || value === '') throw new Error(`STOCKBOOK_URL is set, so ${name} must be`);
  return value;
}

const LONG_AGO = 1_700_000_000;

/** As staff, who may do everything that a token can: what is wrong is all that keeps it out. */
const wrongTokens = async ({ tokenFor }: Runtime): Promise<Record<string, string>> => ({
  expired: await tokenFor('staff', 'staff', { expiresAt: LONG_AGO }),
  'of another issuer': await tokenFor('staff', 'staff', { issuer: 'https://issuer.example' }),
  'for another audience': await tokenFor('staff', 'staff', { audience: 'another-shop' }),
  'without the scope': await tokenFor('staff', 'staff', { scope: 'openid profile' }),
});

function routesOf(outDir: string): { routeKey: string; access: string }[] {
  const resources = readCloudAssembly(outDir).flatMap(({ template }) =>
    Object.values(template.Resources ?? {}),
  );
  return resources.flatMap(({ Type, Properties = {} }) => {
    if (Type !== 'AWS::ApiGatewayV2::Route') return [];
    const { RouteKey, AuthorizationType, AuthorizationScopes = [] } = Properties;
    const scopes = AuthorizationScopes as readonly string[];
    const access =
      AuthorizationType === 'AWS_IAM'
        ? 'service'
        : AuthorizationType === 'NONE'
          ? 'anybody'
          : scopes.join(' ');
    return [{ routeKey: String(RouteKey), access }];
  });
}
