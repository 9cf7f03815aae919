import type { ZodMiniType } from 'zod/mini';
import { OPTION_DOCS } from '../../../lib/config/option.ts';
import { CONFIG_OPTIONS } from '../../../lib/config.ts';

const INTRODUCTION = `# Configuration

\`npm run generate -- configuration\` generates this page from \`lib/config/\`, which declares each
setting.

## Where settings come from

1. \`config/<stage>.json\`, a JSON object of settings. This file is optional.
   [config/prod.example.json](../config/prod.example.json) is an example. Commit the file of each
   stage that you deploy, so that every deployment uses the same settings, from a workflow or from
   the command line.
2. The CDK context: \`-c key=value\` on the command line, or \`context\` in cdk.json. It overrides the
   file. An empty value overrides nothing.

\`-c settingsFile=path\` names another file, and \`-c settingsFile=none\` reads no file. The local
runtime (\`npm start\`) reads a file only if you name one:
\`npm start -- -c settingsFile=config/dev.json\`.

An unknown setting or an invalid value is an error. One message lists all errors.

## Protected stages

Every stage except \`dev\` is protected. Its tables and user pools are kept when their stacks are
deleted, and AWS rejects their deletion. Its logs and events are kept longer. A protected stage must
set \`paymentProvider\`, because a deployment that uses the sandbox by mistake takes no payments. A
stage with \`orders=false\` has no payments and must not set it.
\`-c removalPolicy=destroy\` makes a stage removable, and \`-c removalPolicy=retain\` protects \`dev\`.
`;

function rowOf([key, option]: readonly [string, ZodMiniType]): string {
  const docs = OPTION_DOCS.get(option);
  if (docs === undefined) throw new Error(`The option ${key} has no documentation.`);
  return `| \`${key}\` | ${docs.description} | ${docs.defaultText} |`;
}

/** Returns docs/CONFIGURATION.md. */
export const renderConfigurationPage = (): string =>
  [
    INTRODUCTION,
    ...Object.entries(CONFIG_OPTIONS).map(([part, options]) =>
      [
        `## ${part}`,
        '',
        '| setting | meaning | default |',
        '|---|---|---|',
        ...Object.entries(options).map(rowOf),
        '',
      ].join('\n'),
    ),
  ].join('\n');
