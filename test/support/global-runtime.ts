import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { TestProject } from 'vitest/node';
import { startRuntime } from '../../local/runtime.ts';

declare module 'vitest' {
  export interface ProvidedContext {
    apiUrl: string;
    staffToken: string;
    aliceToken: string;
    bobToken: string;
    /** Undefined for a stack in AWS, of which only the API is reached. */
    localEndpoints:
      | {
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
    project.provide('localEndpoints', undefined);
    return async () => {};
  }
  const outDir = mkdtempSync(path.join(tmpdir(), 'stockbook-e2e-'));
  const runtime = await startRuntime({
    port: 0,
    outDir,
    context: {
      holdSeconds: HOLD_SECONDS,
      holdSlotSeconds: HOLD_SLOT_SECONDS,
      repairs: 'auto',
      repairUnitsPerSku: REPAIR_UNITS_PER_SKU,
      repairUnitsPerRun: REPAIR_UNITS_PER_RUN,
    },
  });
  project.provide('apiUrl', runtime.api);
  project.provide('staffToken', await runtime.tokenFor('staff'));
  project.provide('aliceToken', await runtime.tokenFor('customer', 'alice'));
  project.provide('bobToken', await runtime.tokenFor('customer', 'bob'));
  project.provide('localEndpoints', {
    aws: runtime.aws,
    dynamodb: runtime.dynamodb,
    sqs: runtime.sqs,
    tables: runtime.tables,
  });
  return async () => {
    await runtime.stop();
    rmSync(outDir, { recursive: true, force: true });
  };
}

function given(name: string): string {
  const value = process.env[name];
  if (value === undefined || value === '') throw new Error(`STOCKBOOK_URL is set, so ${name} must be`);
  return value;
}
