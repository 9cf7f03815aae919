import { spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { createInterface } from 'node:readline/promises';
import { fileURLToPath } from 'node:url';
import { type RecordedLine, renderRecording } from './render-recording.ts';

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));
const FILE = 'docs/demo.svg';
/** First line after the demo. */
const END_OF_DEMO = 'Requests to copy';

/** Runs `npm start` until its demo has ended, and writes the recording to docs/demo.svg. */
async function recordDemo(): Promise<void> {
  const runtime = spawn(process.execPath, ['local/main.mjs'], {
    cwd: ROOT,
    env: { ...process.env, FORCE_COLOR: '1', PORT: '0' },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const lines: RecordedLine[] = [];
  const startedAt = performance.now();
  let hasEnded = false;
  for await (const text of createInterface({ input: runtime.stdout })) {
    if (text.startsWith(END_OF_DEMO)) {
      hasEnded = true;
      runtime.kill('SIGINT');
      break;
    }
    lines.push({ at: performance.now() - startedAt, text });
  }
  if (!hasEnded) throw new Error('npm start ended before its demo did.');
  writeFileSync(path.join(ROOT, FILE), renderRecording('npm start', lines));
  console.log(`Written: ${FILE} (${lines.length} lines)`);
}

await recordDemo();
