import { readFileSync } from 'node:fs';
import { App, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import * as z from 'zod/mini';
import { createStacks } from '../../../lib/stockbook.ts';
import type { TemplateResource } from './idle-cost.ts';

type PricedStage = {
  readonly name: string;
  readonly context: Readonly<Record<string, string>>;
  /** Maximum cost in USD per month; undefined for no limit. */
  readonly usdMax?: number;
};

const PROD = { stage: 'prod', paymentProvider: 'sandbox', settingsFile: 'none' };
/** Stages of the table in docs/PERFORMANCE.md. */
export const PRICED_STAGES: readonly PricedStage[] = [
  { name: '`dev`', context: { settingsFile: 'none' }, usdMax: 3 },
  { name: '`prod`, `monitoring=essential`', context: { ...PROD, monitoring: 'essential' } },
  { name: '`prod`', context: PROD, usdMax: 12 },
  {
    name: '`prod` with every option that costs',
    context: {
      ...PROD,
      rollout: 'canary',
      machineClients: 'staff,customer',
      encryption: 'customer-managed',
      paymentProvider: 'stripe',
      stripeSecretArn: 'arn:aws:secretsmanager:us-east-1:111122223333:secret:stripe-abcdef',
    },
  },
];

const Resources = z.record(
  z.string(),
  z.object({ Type: z.string(), Properties: z.optional(z.record(z.string(), z.unknown())) }),
);

/** Synthesizes a stage and returns the resources of all its stacks. */
export function synthesizeResources({
  context,
}: Pick<PricedStage, 'context'>): readonly TemplateResource[] {
  const { context: flags } = JSON.parse(
    readFileSync(new URL('../../../cdk.json', import.meta.url), 'utf8'),
  );
  const app = new App({
    analyticsReporting: false,
    treeMetadata: false,
    // Assets cost nothing here, so they are not copied.
    context: { ...flags, ...context, 'aws:cdk:disable-asset-staging': true },
  });
  createStacks(app);
  return app.node
    .findAll()
    .filter(Stack.isStack)
    .flatMap((stack) =>
      Object.values(Resources.parse(Template.fromStack(stack).toJSON().Resources)),
    )
    .map(({ Type, Properties = {} }) => ({ type: Type, properties: Properties }));
}
