import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { TestProject } from 'vitest/node';
import { simulationAssembly } from '../../simulator/system-model.ts';
import { waitFor } from '../e2e/wait-for.ts';

declare module 'vitest' {
  export interface ProvidedContext {
    /** Folder of the cloud assembly that simulations run. */
    assembly: string;
    /** Folder of the calls that the flows of this run make without faults. */
    recordings: string;
  }
}

/** Synthesizes the app once for all simulations. */
export default async function setup(project: TestProject): Promise<() => void> {
  const recordings = mkdtempSync(path.join(tmpdir(), 'stockbook-recordings-'));
  project.provide('recordings', recordings);
  project.provide(
    'assembly',
    await waitFor('the templates that the simulation runs', simulationAssembly),
  );
  return () => rmSync(recordings, { recursive: true, force: true });
}
