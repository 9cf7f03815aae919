import { readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { Usage, whereFrom } from '../client/where.ts';
import { startProgress } from '../progress.ts';
import { ended } from '../run.ts';
import { readCountFile } from '../stock-take/count-file.ts';
import { inWords, reportOf, summaryOf } from '../stock-take/count-report.ts';
import { sendCounts } from '../stock-take/send-counts.ts';

const USAGE =
  'usage: npm run stock-take -- file.csv [--url URL] [--token TOKEN] [--dry-run]   (columns sku,locationId,counted,countedAt)';

ended(async (signal) => {
  const { file, url, token, isDry } = argumentsOf();
  const { content, modifiedAt } = read(file);
  const { good, bad } = readCountFile(content, modifiedAt, new Date());

  let sent = good.map((line) => ({ line, outcome: { status: 'NOT_SENT' } as const }));
  if (!isDry && good.length > 0) {
    const progress = startProgress('counts sent', good.length);
    const options = { name: path.basename(file), onSent: progress.advance, signal };
    sent = (await sendCounts(await whereFrom({ url, token }), good, options).finally(
      progress.stop,
    )) as typeof sent;
  }
  const summary = summaryOf(sent, bad);
  console.log(isDry ? reportOf([], bad) : reportOf(sent, bad));
  console.log(
    isDry ? `${good.length} lines are good, ${bad.length} bad; nothing was sent` : inWords(summary),
  );
  console.log(JSON.stringify(summary));
  const isWhole = bad.length === 0 && summary.failed === 0 && (isDry || summary.notSent === 0);
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
    return { file, url: values.url, token: values.token, isDry: values['dry-run'] ?? false };
  } catch (fault) {
    throw new Usage(`${fault instanceof Error ? fault.message : fault} (${USAGE})`);
  }
}

function read(file: string): { content: Buffer; modifiedAt: Date } {
  try {
    return { content: readFileSync(file), modifiedAt: statSync(file).mtime };
  } catch (fault) {
    const code = fault instanceof Error && 'code' in fault ? fault.code : fault;
    throw new Usage(
      code === 'ENOENT' ? `there is no file ${file}` : `${file} cannot be read (${code})`,
    );
  }
}
