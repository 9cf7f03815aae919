import { readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { resolveConnection, UserError } from '../client/connection.ts';
import { startProgress } from '../progress.ts';
import { runCommand } from '../run-command.ts';
import { readCountFile } from '../stock-take/count-file.ts';
import { describeSummary, formatCountReport, summarizeCounts } from '../stock-take/count-report.ts';
import { sendCounts } from '../stock-take/send-counts.ts';

const USAGE =
  'usage: npm run stock-take -- file.csv [--url URL] [--token TOKEN] [--dry-run]   (columns sku,locationId,counted,countedAt)';

runCommand(async (signal) => {
  const { file, url, token, isDryRun } = argumentsOf();
  const { content, modifiedAt } = readFile(file);
  const { valid, invalid } = readCountFile(content, modifiedAt, new Date());

  let results = valid.map((line) => ({ line, outcome: { status: 'NOT_SENT' } as const }));
  if (!isDryRun && valid.length > 0) {
    const progress = startProgress('counts sent', valid.length);
    const options = { fileName: path.basename(file), onSent: progress.advance, signal };
    results = (await sendCounts(await resolveConnection({ url, token }), valid, options).finally(
      progress.stop,
    )) as typeof results;
  }
  const summary = summarizeCounts(results, invalid);
  console.log(isDryRun ? formatCountReport([], invalid) : formatCountReport(results, invalid));
  console.log(
    isDryRun
      ? `${valid.length} lines are good, ${invalid.length} bad; nothing was sent`
      : describeSummary(summary),
  );
  console.log(JSON.stringify(summary));
  const isWhole =
    invalid.length === 0 && summary.failed === 0 && (isDryRun || summary.notSent === 0);
  return isWhole ? 0 : 1;
});

function argumentsOf() {
  try {
    const { values, positionals } = parseArgs({
      allowPositionals: true,
      options: {
        url: { type: 'string' },
        token: { type: 'string' },
        'dry-run': { type: 'boolean' },
      },
    });
    const [file, ...others] = positionals;
    if (file === undefined || others.length > 0) throw new Error('name one file');
    return { file, url: values.url, token: values.token, isDryRun: values['dry-run'] ?? false };
  } catch (error) {
    throw new UserError(`${error instanceof Error ? error.message : error} (${USAGE})`);
  }
}

function readFile(file: string): { content: Buffer; modifiedAt: Date } {
  try {
    return { content: readFileSync(file), modifiedAt: statSync(file).mtime };
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : error;
    throw new UserError(
      code === 'ENOENT' ? `there is no file ${file}` : `${file} cannot be read (${code})`,
    );
  }
}
