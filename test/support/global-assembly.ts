import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { TestProject } from 'vitest/node';
import { synthesizeFor } from '../../simulation/blueprint.ts';
import { waitFor } from './waiting.ts';

declare module 'vitest' {
  export interface ProvidedContext {
    /** The folder of the cloud assembly that simulations run. */
    assembly: string;
  }
}

/** The app is synthesized once for all simulations, with repairs that need nobody. */
export default async function setup(project: TestProject): Promise<() => void> {
  const folder = mkdtempSync(path.join(tmpdir(), 'stockbook-simulation-'));
  const context = { repairs: 'auto', repairUnitsPerSku: '10', repairUnitsPerRun: '1000' };
  await waitFor('the templates that the simulation runs', () => synthesizeFor(folder, context));
  project.provide('assembly', folder);
  return () => rmSync(folder, { recursive: true, force: true });
}
