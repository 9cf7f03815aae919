import { readFileSync } from 'node:fs';
import { App, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { createStacks } from '../../../lib/stockbook.ts';

type StackName =
  | 'key'
  | 'shared'
  | 'inventory'
  | 'payments'
  | 'orders'
  | 'reconciliation'
  | 'operations';

/** The stack of the key exists with encryption=customer-managed only. */
export type Templates = Readonly<Record<Exclude<StackName, 'key'>, Template>> & {
  readonly key?: Template;
};

/** Stacks that a stage with `orders=false` does not have. */
type OrderStackName = 'payments' | 'orders';
type TemplatesWithoutOrders = Readonly<
  Record<Exclude<StackName, 'key' | OrderStackName>, Template>
>;

const templatesByContext = new Map<string, Templates>();

/**
 * Returns the templates of the app under a context, synthesized once per context, with the feature
 * flags of cdk.json. Checks no rules of CDK Nag, which `hardening.test.ts` does.
 */
export function synthesizeTemplates(context: Readonly<Record<string, string>> = {}): Templates {
  const key = JSON.stringify(context);
  const templates = templatesByContext.get(key) ?? createTemplates(context);
  templatesByContext.set(key, templates);
  return templates;
}

/**
 * Returns a context with the feature flags of cdk.json. Assets are not copied, because no test
 * deploys them.
 */
export function cdkContext(
  context: Readonly<Record<string, string>> = {},
): Record<string, unknown> {
  const manifest = JSON.parse(readFileSync(new URL('../../../cdk.json', import.meta.url), 'utf8'));
  // Tests name resources by construct path, because logical ids end in a hash.
  return {
    ...manifest.context,
    'aws:cdk:enable-path-metadata': true,
    'aws:cdk:disable-asset-staging': true,
    settingsFile: 'none',
    ...context,
  };
}

function createApp(context: Readonly<Record<string, string>>): App {
  const app = new App({
    analyticsReporting: false,
    treeMetadata: false,
    context: cdkContext(context),
  });
  createStacks(app);
  return app;
}

const createTemplates = (context: Readonly<Record<string, string>>): Templates =>
  templatesOf(createApp(context), context.stage ?? 'dev');

/** Returns the templates of a stage in `dev` that is deployed with `orders=false`. */
export function synthesizeWithoutOrders(
  context: Readonly<Record<string, string>> = {},
): TemplatesWithoutOrders {
  const reader = createTemplateReader(createApp({ ...context, orders: 'false' }), 'dev');
  const templates = {
    shared: reader.templateOf('shared'),
    inventory: reader.templateOf('inventory'),
    reconciliation: reader.templateOf('reconciliation'),
    operations: reader.templateOf('operations'),
  };
  reader.requireAllRead();
  return templates;
}

/** Returns the templates of an app of one stage. */
export function templatesOf(app: App, stage: string): Templates {
  const { has, templateOf, requireAllRead } = createTemplateReader(app, stage);
  const templates = {
    ...(has('key') ? { key: templateOf('key') } : {}),
    shared: templateOf('shared'),
    inventory: templateOf('inventory'),
    payments: templateOf('payments'),
    orders: templateOf('orders'),
    reconciliation: templateOf('reconciliation'),
    operations: templateOf('operations'),
  };
  requireAllRead();
  return templates;
}

/** Reads the templates of an app by the name of their stack, each once. */
function createTemplateReader(app: App, stage: string) {
  const prefix = `stockbook-${stage}-`;
  // The whole tree, because a nested stack is deployed too.
  const stacks = new Map(
    app.node
      .findAll()
      .filter(Stack.isStack)
      .map((stack) => [stack.stackName.slice(prefix.length), stack]),
  );
  const templateOf = (name: StackName): Template => {
    const stack = stacks.get(name);
    if (stack === undefined) throw new Error(`the app has no stack ${prefix}${name}`);
    stacks.delete(name);
    return Template.fromStack(stack);
  };
  return {
    has: (name: StackName): boolean => stacks.has(name),
    templateOf,
    /** Throws when a stack of the app was not read. */
    requireAllRead: (): void => {
      if (stacks.size > 0)
        throw new Error(`no test covers the stacks ${[...stacks.keys()].join(', ')}`);
    },
  };
}

/** Returns the values of a template's outputs, by their logical ids. */
export const outputsOf = (template: Template): Readonly<Record<string, unknown>> =>
  Object.fromEntries(
    Object.entries(template.findOutputs('*')).map(([name, { Value }]): [string, unknown] => [
      name,
      Value,
    ]),
  );
