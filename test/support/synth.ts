import { readFileSync } from 'node:fs';
import { App, type Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { stockbook } from '../../lib/stockbook.ts';

export type Templates = {
  readonly shared: Template;
  readonly inventory: Template;
  readonly payments: Template;
  readonly orders: Template;
};

const made = new Map<string, Templates>();

/** The templates of the app under a context, synthesized once for each; the feature flags are those of cdk.json. */
export function synthesized(context: Readonly<Record<string, string>> = {}): Templates {
  const key = JSON.stringify(context);
  const templates = made.get(key) ?? synthesize(context);
  made.set(key, templates);
  return templates;
}

function synthesize(context: Readonly<Record<string, string>>): Templates {
  const manifest = JSON.parse(readFileSync(new URL('../../cdk.json', import.meta.url), 'utf8'));
  const app = new App({ analyticsReporting: false, context: { ...manifest.context, ...context } });
  stockbook(app);
  const stage = context.stage ?? 'dev';
  const of = (name: string) => Template.fromStack(app.node.findChild(`stockbook-${stage}-${name}`) as Stack);
  return { shared: of('shared'), inventory: of('inventory'), payments: of('payments'), orders: of('orders') };
}
