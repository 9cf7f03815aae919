import { readFileSync } from 'node:fs';
import { App, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { stockbook } from '../../lib/stockbook.ts';
import type { IdleResource } from './idle-cost.ts';

const CERTAIN = { settingsFile: 'none' };
/** The stages of the table: a name, the settings, and the most that it may cost in USD a month, where there is a limit. */
export const STAGES = [
  { name: '`dev`', context: CERTAIN, usdMax: 3 },
  { name: '`prod`', context: { stage: 'prod', settingsFile: 'config/prod.example.json' }, usdMax: 12 },
  {
    name: '`prod`, `monitoring=essential`',
    context: { stage: 'prod', settingsFile: 'config/prod.example.json', monitoring: 'essential' },
  },
  {
    name: '`prod`, and all that costs',
    context: {
      stage: 'prod',
      settingsFile: 'config/prod.example.json',
      encryption: 'customer',
      paymentProvider: 'stripe',
      stripeSecretArn: 'arn:aws:secretsmanager:us-east-1:111122223333:secret:stripe-abcdef',
    },
  },
] as const satisfies readonly {
  readonly name: string;
  readonly context: Readonly<Record<string, string>>;
  readonly usdMax?: number;
}[];

/** Synthesizes a stage and returns its resources. */
export function resourcesOfStage(context: Readonly<Record<string, string>>): readonly IdleResource[] {
  const { context: flags } = JSON.parse(readFileSync(new URL('../../cdk.json', import.meta.url), 'utf8'));
  const app = new App({
    analyticsReporting: false,
    context: { ...flags, 'aws:cdk:enable-path-metadata': true, ...context },
  });
  stockbook(app);
  return app.node
    .findAll()
    .filter(Stack.isStack)
    .flatMap((stack) =>
      Object.entries<{
        Type: string;
        Properties?: Record<string, unknown>;
        Metadata?: Record<string, string>;
      }>(Template.fromStack(stack).toJSON().Resources ?? {}).map(
        ([id, { Type, Properties = {}, Metadata = {} }]) => ({
          path: Metadata['aws:cdk:path'] ?? id,
          type: Type,
          properties: Properties,
        }),
      ),
    );
}
