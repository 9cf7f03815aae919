import type { ZodMiniType } from 'zod/mini';
import { OPTION_DOCS } from '../../../lib/config/option.ts';
import { CONFIG_OPTIONS } from '../../../lib/config.ts';

const INTRODUCTION = `# Configuration

\`npm run generate -- configuration\` writes this page from \`lib/config/\`, where each setting is declared.

## Where settings come from

1. \`config/<stage>.json\`, a JSON object of settings. It is read when it exists; [config/prod.example.json](../config/prod.example.json)
   is an example. Commit the file of each stage that you deploy, so that every deployment, from a workflow or from the command line, has the
   same settings.
2. The CDK context: \`-c key=value\` on the command line, or \`context\` in cdk.json. It overrides the file. An empty value overrides nothing.

\`-c settingsFile=path\` names another file, and \`-c settingsFile=none\` reads none. The local runtime (\`npm start\`) reads no file unless one is
named: \`npm start -- -c settingsFile=config/dev.json\`.

An unknown setting is an error, and so is a value that is not valid. One message lists all of them.

## Protected stages

Every stage but \`dev\` is protected: its tables and user pools survive the deletion of their stacks and refuse to be deleted, and its logs
and events are kept longer. A protected stage must name its \`paymentProvider\`, because a deployment that falls back to the sandbox takes no
money. \`-c removalPolicy=destroy\` makes a stage that can be removed, and \`-c removalPolicy=retain\` protects \`dev\`.
`;

function rowOf([key, option]: readonly [string, ZodMiniType]): string {
  const docs = OPTION_DOCS.get(option);
  if (docs === undefined) throw new Error(`the option ${key} has no documentation`);
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
