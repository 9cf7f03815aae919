import type { Template } from 'aws-cdk-lib/assertions';
import * as z from 'zod/mini';

/**
 * A resource of a template, its intrinsic functions replaced by names: a reference is
 * `<stack>/<path of the construct>`, an attribute is that with `.Arn` or the like behind it, and
 * what another stack exports is the exporting stack's name for it.
 */
export type Resource = {
  readonly name: string;
  readonly stack: string;
  readonly type: string;
  readonly properties: Readonly<Record<string, unknown>>;
  readonly deletionPolicy: string | undefined;
  readonly updateReplacePolicy: string | undefined;
};

const RawTemplate = z.object({
  Resources: z.record(
    z.string(),
    z.object({
      Type: z.string(),
      Properties: z.optional(z.record(z.string(), z.unknown())),
      Metadata: z.optional(z.object({ 'aws:cdk:path': z.string() })),
      DeletionPolicy: z.optional(z.string()),
      UpdateReplacePolicy: z.optional(z.string()),
    }),
  ),
  Outputs: z.optional(
    z.record(
      z.string(),
      z.object({ Value: z.unknown(), Export: z.optional(z.object({ Name: z.string() })) }),
    ),
  ),
});
type RawTemplate = z.infer<typeof RawTemplate>;

const SelectOfSplit = z.tuple([
  z.union([z.number(), z.string()]),
  z.strictObject({ 'Fn::Split': z.tuple([z.string(), z.unknown()]) }),
]);

/**
 * All resources of all stacks. Throws for an intrinsic function that it does not know, rather than
 * let it pass for a name.
 */
export function resourcesOf(templates: Readonly<Record<string, Template>>): readonly Resource[] {
  const rawTemplates = new Map(
    Object.entries(templates).map(([stack, from]) => [stack, RawTemplate.parse(from.toJSON())]),
  );
  const exported = new Map(
    [...rawTemplates].flatMap(([stack, { Outputs = {} }]) =>
      Object.values(Outputs).flatMap(({ Value, Export }) =>
        Export === undefined ? [] : [[Export.Name, { stack, value: Value }] as const],
      ),
    ),
  );

  const resolve = (value: unknown, stack: string): unknown => {
    if (Array.isArray(value)) return value.map((element) => resolve(element, stack));
    if (typeof value !== 'object' || value === null) return value;
    const [[name, argument] = ['', undefined], ...others] = Object.entries(value);
    if (others.length === 0 && /^(Ref$|Fn::)/.test(name)) return evaluate(name, argument, stack);
    return Object.fromEntries(
      Object.entries(value).map(([key, field]) => [key, resolve(field, stack)]),
    );
  };
  const evaluate = (name: string, argument: unknown, stack: string): unknown => {
    switch (name) {
      case 'Ref':
        return referent(stack, String(argument));
      case 'Fn::GetAtt': {
        const [id, attribute] = z.tuple([z.string(), z.string()]).parse(argument);
        return `${referent(stack, id)}.${attribute}`;
      }
      case 'Fn::Join': {
        const [separator, parts] = z.tuple([z.string(), z.array(z.unknown())]).parse(argument);
        return parts.map((part) => String(resolve(part, stack))).join(separator);
      }
      case 'Fn::Select': {
        // A part of what is only named here: `<name>[<part>]`.
        const [part, { 'Fn::Split': split }] = SelectOfSplit.parse(argument);
        return `${String(resolve(split[1], stack))}[${part}]`;
      }
      case 'Fn::Sub':
        return z
          .string()
          .parse(argument)
          .replaceAll(/\$\{([^}]+)\}/g, (_all, id: string) => referent(stack, id));
      case 'Fn::ImportValue': {
        const found = exported.get(String(argument));
        if (found === undefined) throw new Error(`nothing exports ${String(argument)}`);
        return resolve(found.value, found.stack);
      }
      default:
        throw new Error(`${name} is not known here`);
    }
  };
  const referent = (stack: string, id: string): string => {
    if (id.startsWith('AWS::')) return `<${id.slice('AWS::'.length)}>`;
    const resource = rawTemplates.get(stack)?.Resources[id];
    if (resource === undefined) throw new Error(`${stack} has no resource ${id}`);
    return nameOf(stack, id, resource);
  };

  return [...rawTemplates].flatMap(([stack, { Resources }]) =>
    Object.entries(Resources).map(([id, raw]) => ({
      name: nameOf(stack, id, raw),
      stack,
      type: raw.Type,
      properties: z.record(z.string(), z.unknown()).parse(resolve(raw.Properties ?? {}, stack)),
      deletionPolicy: raw.DeletionPolicy,
      updateReplacePolicy: raw.UpdateReplacePolicy,
    })),
  );
}

/** The construct's path; `Resource` is what the CDK calls the one resource of a construct. */
const nameOf = (
  stack: string,
  id: string,
  { Metadata }: RawTemplate['Resources'][string],
): string =>
  `${stack}/${Metadata === undefined ? id : Metadata['aws:cdk:path'].split('/').slice(1).join('/')}`.replace(
    /\/Resource$/,
    '',
  );

export const resourcesOfType = (
  resources: readonly Resource[],
  type: string,
): readonly Resource[] => resources.filter((resource) => resource.type === type);

/** The resource that a reference or an ARN stands for. */
export function findResource(resources: readonly Resource[], reference: string): Resource {
  const name = reference.replace(/\.\w+$/, '');
  const found = resources.filter((resource) => resource.name === name);
  const [resource] = found;
  if (resource === undefined || found.length > 1)
    throw new Error(`${found.length} resources are called ${name}`);
  return resource;
}

/**
 * Name of the function behind its alias, or behind `<name of the function>:live`, which is how the
 * CDK names it in an event source. Throws for any other reference: every caller invokes the alias.
 * docs/adr/0034
 */
export function functionBehindAlias(reference: string): string {
  const [, name] = /^(.+)\/Live(?:\[6\]:live)?$/.exec(reference) ?? [];
  if (name === undefined) throw new Error(`${reference} is not the alias of a function`);
  return name;
}

/** The properties of a resource that a schema names, typed. */
export function readProperties<Schema extends z.ZodMiniType>(
  schema: Schema,
  resource: Resource,
): z.output<Schema> {
  const result = schema.safeParse(resource.properties);
  if (!result.success) throw new Error(`${resource.name}: ${result.error.message}`);
  return result.data;
}

/** One or many, as IAM writes them, always as a list. */
const StringList = z.pipe(
  z.union([z.string(), z.array(z.string())]),
  z.transform((one) => [one].flat()),
);

/**
 * Strict, so that what a test does not look at (NotAction, NotResource, NotPrincipal) is refused.
 */
const StatementDocument = z.strictObject({
  Sid: z.optional(z.string()),
  Effect: z.enum(['Allow', 'Deny']),
  Action: StringList,
  Resource: StringList,
  Principal: z.optional(z.unknown()),
  Condition: z.optional(z.unknown()),
});
const PolicyDocument = z.object({ Statement: z.array(StatementDocument) });

export type Statement = z.infer<typeof StatementDocument>;
/** Statement of a role's policies. `role` is the role's name. */
export type Permission = { readonly role: string; readonly statement: Statement };

const AttachedPolicy = z.object({
  PolicyDocument,
  Roles: z.optional(z.array(z.string())),
  Users: z.optional(z.undefined()),
  Groups: z.optional(z.undefined()),
});
const Role = z.object({ Policies: z.optional(z.array(z.object({ PolicyDocument }))) });

/** Every statement of every role's own policies: inline, attached and managed by the stack. */
export const permissionsOf = (resources: readonly Resource[]): readonly Permission[] =>
  resources.flatMap((resource): readonly Permission[] => {
    switch (resource.type) {
      case 'AWS::IAM::Role':
        return (readProperties(Role, resource).Policies ?? []).flatMap(
          ({ PolicyDocument: { Statement } }) =>
            Statement.map((statement) => ({ role: resource.name, statement })),
        );
      case 'AWS::IAM::Policy':
      case 'AWS::IAM::ManagedPolicy': {
        const { PolicyDocument: document, Roles = [] } = readProperties(AttachedPolicy, resource);
        return Roles.flatMap((role) =>
          document.Statement.map((statement) => ({ role, statement })),
        );
      }
      default:
        if (resource.type.startsWith('AWS::IAM::'))
          throw new Error(`${resource.type} is not known here`);
        return [];
    }
  });

const ResourcePolicy = z.object({ PolicyDocument });

/** The statements of a queue's or a topic's own policy. */
export const statementsOf = (policy: Resource): readonly Statement[] =>
  readProperties(ResourcePolicy, policy).PolicyDocument.Statement;

/**
 * Whether a resource of a statement may be the named one: also by `*`, or by an ARN made of text,
 * which no test can follow.
 */
export const canTarget = (statement: Statement, name: string, service: string): boolean =>
  statement.Resource.some(
    (resource) =>
      (resource === '*' &&
        statement.Action.some((action) => new RegExp(`^(${service}:|\\*)`).test(action))) ||
      resource === name ||
      resource.startsWith(`${name}.`) ||
      new RegExp(`^arn:[^:]*:(${service}|\\*)`).test(resource),
  );
