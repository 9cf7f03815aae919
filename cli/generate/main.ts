/** Generators by the document that they write. */
const GENERATORS = {
  openapi: () => import('./openapi/generate-openapi.ts'),
  client: () => import('../../client/generate/generate-types.ts'),
  events: () => import('./events/generate-events.ts'),
  licenses: () => import('./licenses/generate-licenses.ts'),
  configuration: () => import('./configuration/generate-configuration.ts'),
  runbook: () => import('./runbook/generate-runbook.ts'),
  recording: () => import('./recording/record-demo.ts'),
  exports: () => import('../../test/support/infra/record-exports.ts'),
} as const satisfies Readonly<Record<string, () => Promise<unknown>>>;
const EXIT_USAGE_ERROR = 2;
const USAGE = `npm run generate -- <${Object.keys(GENERATORS).join(' | ')}>

Writes a generated document: docs/openapi, docs/events, client/src/generated, docs/LICENSES.md, docs/CONFIGURATION.md,
the table of findings in docs/RUNBOOK.md, a recording of the demo (docs/demo.svg), or the list of
stack exports in use (test/infra/deployment/exports.json).`;

const [name = '--help', ...others] = process.argv.slice(2);
if (name === '--help') console.log(USAGE);
else if (!Object.hasOwn(GENERATORS, name) || others.length > 0) {
  console.error(`There is no generator "${[name, ...others].join(' ')}".\n\n${USAGE}`);
  process.exitCode = EXIT_USAGE_ERROR;
} else {
  // The name is one of the table's keys.
  await GENERATORS[name as keyof typeof GENERATORS]();
}
