import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { TestProject } from 'vitest/node';
import { synthesizeSimulation } from '../../simulator/system-model.ts';
import { waitFor } from '../e2e/wait-for.ts';

declare module 'vitest' {
  export interface ProvidedContext {
    /** Folder of the cloud assembly that simulations run. */
    assembly: string;
  }
}

/** Synthesizes the app once for all simulations. */
export default async function setup(project: TestProject): Promise<() => void> {
  const folder = mkdtempSync(path.join(tmpdir(), 'stockbook-simulation-'));
  await waitFor('the templates that the simulation runs', () => synthesizeSimulation(folder));
  project.provide('assembly', folder);
  return () => rmSync(folder, { recursive: true, force: true });
}
