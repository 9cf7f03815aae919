import { readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { Command } from '@commander-js/extra-typings';
import { UserError } from '../../local/errors.ts';
import { resolveConnection } from '../client/connection.ts';
import { dryRunOption, tokenOption, urlOption } from '../options.ts';
import { startProgress } from '../progress.ts';
import { EXIT_CODES, runCommand } from '../run-command.ts';
import { readCountFile } from '../stock-take/count-file.ts';
import {
  type CountResult,
  describeSummary,
  formatCountReport,
  summarizeCounts,
} from '../stock-take/count-report.ts';
import { sendCounts } from '../stock-take/send-counts.ts';

export const createCommand = () =>
  new Command('stock-take')
    .summary('send a file of counts')
    .description(
      'Sends a CSV file of counts with the columns sku, locationId, counted and countedAt. Prints a table and a JSON summary.',
    )
    .argument('<file>', 'CSV file; its first line is sku,locationId,counted,countedAt')
    .addOption(dryRunOption('validate the file and send nothing'))
    .addOption(urlOption())
    .addOption(tokenOption())
    .action(
      runCommand(async (signal, file, { dryRun = false, url, token }) => {
        const { content, modifiedAt } = readFile(file);
        const { valid, invalid } = readCountFile(content, modifiedAt, new Date());
        if (dryRun) {
          console.log(formatCountReport([], invalid));
          console.log(
            `${valid.length} valid lines, ${invalid.length} invalid lines; nothing was sent`,
          );
        }
        let results: readonly CountResult[] = valid.map((line) => ({
          line,
          outcome: { status: 'NOT_SENT' },
        }));
        if (!dryRun && valid.length > 0) {
          const connection = await resolveConnection({ url, token });
          const progress = startProgress('counts sent', valid.length);
          const options = { fileName: path.basename(file), onSent: progress.advance, signal };
          results = await sendCounts(connection, valid, options).finally(progress.stop);
        }
        const summary = summarizeCounts(results, invalid);
        if (!dryRun) {
          console.log(formatCountReport(results, invalid));
          console.log(describeSummary(summary));
        }
        console.log(JSON.stringify(summary));
        const isComplete =
          invalid.length === 0 && summary.failed === 0 && (dryRun || summary.notSent === 0);
        return isComplete ? EXIT_CODES.done : EXIT_CODES.open;
      }),
    );

function readFile(file: string): { content: Buffer; modifiedAt: Date } {
  try {
    return { content: readFileSync(file), modifiedAt: statSync(file).mtime };
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : error;
    throw new UserError(
      code === 'ENOENT' ? `There is no file ${file}.` : `Cannot read ${file} (${code}).`,
    );
  }
}
