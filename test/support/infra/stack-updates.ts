import { App, Stack } from 'aws-cdk-lib';
import * as z from 'zod/mini';
import { createStacks } from '../../../lib/stockbook.ts';
import {
  NAME_PROPERTIES,
  REPLACEMENT_PROPERTIES,
  STATEFUL_TYPES,
  UNVERSIONED_PROPERTIES,
} from './cloudformation-rules.ts';
import { cdkContext } from './synthesize-templates.ts';

/** Routes that an option exists to add and remove. Settings of removed routes are pruned. */
const OPTIONAL_ROUTES: ReadonlySet<string> = new Set(['GET /shop/availability']);

const Template = z.object({
  Resources: z.record(
    z.string(),
    z.object({
      Type: z.string(),
      Properties: z._default(z.record(z.string(), z.unknown()), {}),
      DeletionPolicy: z.optional(z.string()),
    }),
  ),
  Outputs: z._default(
    z.record(
      z.string(),
      z.object({ Value: z.unknown(), Export: z.optional(z.object({ Name: z.string() })) }),
    ),
    {},
  ),
});
export type Template = z.infer<typeof Template>;
type Resource = Template['Resources'][string];
/** Templates of a stage by the names of their stacks. */
export type Deployment = Readonly<Record<string, Template>>;

/**
 * Returns the templates that `cdk deploy --all` deploys under a context. AWS's rules are not
 * checked, which takes a third of the time.
 */
export function synthesizeDeployment(context: Readonly<Record<string, string>>): Deployment {
  const app = new App({
    analyticsReporting: false,
    treeMetadata: false,
    context: {
      ...cdkContext(context),
      '@aws-cdk/core:validateAgainstDefaultRules': false,
    },
  });
  createStacks(app);
  const assembly = app.synth();
  return Object.fromEntries(
    app.node
      .findAll()
      .filter(Stack.isStack)
      .map(({ stackName }) => [
        stackName,
        Template.parse(assembly.getStackByName(stackName).template),
      ]),
  );
}

/**
 * Returns why CloudFormation would reject `after`, or lose something, where `before` is deployed.
 * Returns an empty list where it is safe. Stacks that `after` does not have stay as they are.
 * Producers are updated first, while consumers still have the templates of `before`.
 */
export function updateViolations(before: Deployment, after: Deployment): readonly string[] {
  const inUse = new Set(Object.values(before).flatMap(importedNamesOf));
  return [
    ...Object.entries(after).flatMap(([stack, template]) => {
      const deployed = before[stack];
      return deployed === undefined ? [] : stackViolations(stack, deployed, template, inUse);
    }),
    ...nameCollisions(before, after),
  ];
}

function stackViolations(
  stack: string,
  before: Template,
  after: Template,
  inUse: ReadonlySet<string>,
): readonly string[] {
  const exports = exportsOf(after);
  const brokenExports = [...exportsOf(before)]
    .filter(([name, value]) => inUse.has(name) && exports.get(name) !== value)
    .map(
      ([name]) =>
        `${stack}: export ${name} is in use and would ${exports.has(name) ? 'change' : 'disappear'}`,
    );
  const deletedResources = Object.entries(before.Resources).flatMap(
    ([id, { Type, DeletionPolicy = 'Delete' }]) =>
      after.Resources[id] === undefined &&
      STATEFUL_TYPES.has(Type) &&
      !DeletionPolicy.startsWith('Retain')
        ? [`${stack}: ${id} (${Type}) would be deleted`]
        : [],
  );
  const replacedResources = Object.entries(after.Resources).flatMap(([id, resource]) => {
    const deployed = before.Resources[id];
    if (deployed === undefined) return [];
    return changedProperties(deployed, resource, REPLACEMENT_PROPERTIES[resource.Type] ?? []).map(
      (property) => `${stack}: ${id} (${resource.Type}) would be replaced for ${property}`,
    );
  });
  const removedRoutes = [...routesOf(before)].filter(
    (route) => !routesOf(after).has(route) && !OPTIONAL_ROUTES.has(route),
  );
  return [
    ...brokenExports,
    ...deletedResources,
    ...replacedResources,
    ...removedRoutes.map((route) => `${stack}: route ${route} would be removed`),
    ...versionViolations(stack, before, after),
  ];
}

/**
 * Returns violations of the rule that a version is published for each change of its function, and
 * only then. Lambda rejects a second version of the same code and settings.
 */
function versionViolations(stack: string, before: Template, after: Template): readonly string[] {
  const versionsBefore = versionsOf(before);
  return [...versionsOf(after)].flatMap(([id, version]) => {
    const [deployed, wanted] = [before.Resources[id], after.Resources[id]];
    if (deployed === undefined || wanted === undefined) return [];
    const properties = Object.keys({ ...deployed.Properties, ...wanted.Properties });
    const isChanged =
      changedProperties(
        deployed,
        wanted,
        properties.filter((property) => !UNVERSIONED_PROPERTIES.includes(property)),
      ).length > 0;
    const isNew = versionsBefore.get(id) !== version;
    if (isChanged === isNew) return [];
    return [
      isNew
        ? `${stack}: ${id} would get a second version of the same settings`
        : `${stack}: ${id} changes, and its alias stays at the version before`,
    ];
  });
}

/** Returns the ids of versions by the ids of their functions. */
const versionsOf = ({ Resources }: Template): ReadonlyMap<string, string> =>
  new Map(
    Object.entries(Resources)
      .filter(([, { Type }]) => Type === 'AWS::Lambda::Version')
      .map(([id, { Properties }]) => [
        z.object({ Ref: z.string() }).parse(Properties.FunctionName).Ref,
        id,
      ]),
  );

/**
 * Returns resources with the name of another resource that is deleted later. CloudFormation creates
 * a new resource before it deletes the old one, so the two cannot have the same name.
 */
function nameCollisions(before: Deployment, after: Deployment): readonly string[] {
  const deployed = ownersByName(before);
  return [...ownersByName(after)].flatMap(([name, owner]) => {
    const known = deployed.get(name);
    return known === undefined || known === owner
      ? []
      : [`${owner}: its name ${name} is that of ${known}, which is deleted later`];
  });
}

const ownersByName = (deployment: Deployment): ReadonlyMap<string, string> =>
  new Map(
    Object.entries(deployment).flatMap(([stack, { Resources }]) =>
      Object.entries(Resources).flatMap(([id, { Type, Properties }]) => {
        const name = Properties[NAME_PROPERTIES[Type] ?? ''];
        return name === undefined
          ? []
          : [[`${Type} ${JSON.stringify(name)}`, `${stack} ${id}`] as const];
      }),
    ),
  );

const changedProperties = (
  before: Resource,
  after: Resource,
  properties: readonly string[],
): readonly string[] =>
  properties.filter(
    (property) =>
      JSON.stringify(before.Properties[property]) !== JSON.stringify(after.Properties[property]),
  );

const routesOf = ({ Resources }: Template): ReadonlySet<string> =>
  new Set(
    Object.values(Resources)
      .filter(({ Type }) => Type === 'AWS::ApiGatewayV2::Route')
      .map(({ Properties }) => String(Properties.RouteKey)),
  );

/** Returns the exports of a template: values as JSON by name. */
export const exportsOf = ({ Outputs }: Template): ReadonlyMap<string, string> =>
  new Map(
    Object.values(Outputs).flatMap(({ Value, Export }) =>
      Export === undefined ? [] : [[Export.Name, JSON.stringify(Value)] as const],
    ),
  );

/** Returns the names of the exports that a template imports. */
const importedNamesOf = (template: Template): readonly string[] =>
  [...JSON.stringify(template).matchAll(/"Fn::ImportValue":"([^"]+)"/g)].map(
    ([, name = '']) => name,
  );

/** Returns the names of the exports that another stack imports, without the stage. */
export const exportsInUse = (deployment: Deployment): readonly string[] =>
  [...new Set(Object.values(deployment).flatMap(importedNamesOf))]
    .map((name) => name.replace(/^stockbook-[a-z0-9-]+-(\w+:)/, '$1'))
    .sort();
