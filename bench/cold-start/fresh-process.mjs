// Each measurement runs in its own process. This is plain JavaScript without imports that a bundle
// may also need.
import { readFileSync, writeSync } from 'node:fs';

const RESULT = 3;
const [module, eventFile, functionName] = process.argv.slice(2);
const event = JSON.parse(readFileSync(eventFile, 'utf8'));
const context = {
  awsRequestId: 'cold',
  functionName,
  functionVersion: '$LATEST',
  callbackWaitsForEmptyEventLoop: true,
  getRemainingTimeInMillis: () => 30_000,
};

const usedBefore = process.cpuUsage();
const startedAt = performance.now();
const { handler } = await import(module);
const importedAt = performance.now();
const response = await handler(event, context);
const respondedAt = performance.now();
const used = process.cpuUsage(usedBefore);

writeSync(
  RESULT,
  JSON.stringify({
    importMilliseconds: importedAt - startedAt,
    responseMilliseconds: respondedAt - importedAt,
    cpuMilliseconds: (used.user + used.system) / 1_000,
    response: response ?? null,
  }),
);
process.exit();
