import type { Template } from 'aws-cdk-lib/assertions';
import * as z from 'zod/mini';

/**
 * Resource of a template. Its intrinsic functions are replaced by names: a reference by
 * `<stack>/<path of the construct>`, an attribute by that with a suffix such as `.Arn`, and an
 * import by the name in the exporting stack.
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

/** Returns all resources of all stacks. Throws for an unknown intrinsic function. */
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
        // A part of a value that has only a name: `<name>[<part>]`.
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
        if (found === undefined) throw new Error(`no stack exports ${String(argument)}`);
        return resolve(found.value, found.stack);
      }
      default:
        throw new Error(`unknown intrinsic function ${name}`);
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

/**
 * Returns the name of a resource: its stack and construct path, without the id `Resource` that the
 * CDK gives to the only resource of a construct.
 */
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

/** Returns the resource of a reference or an ARN. */
export function findResource(resources: readonly Resource[], reference: string): Resource {
  const name = reference.replace(/\.\w+$/, '');
  const found = resources.filter((resource) => resource.name === name);
  const [resource] = found;
  if (resource === undefined || found.length > 1)
    throw new Error(`${found.length} resources have the name ${name}`);
  return resource;
}

/**
 * Returns the name of the function of an alias, which an event source has as `<name of the
 * function>:live`. Throws for any other reference, because each caller invokes the alias
 * (docs/adr/0034).
 */
export function functionBehindAlias(reference: string): string {
  const [, name] = /^(.+)\/Live(?:\[6\]:live)?$/.exec(reference) ?? [];
  if (name === undefined) throw new Error(`${reference} is not the alias of a function`);
  return name;
}

/** Returns the properties of a resource, parsed by a schema. */
export function readProperties<Schema extends z.ZodMiniType>(
  schema: Schema,
  resource: Resource,
): z.output<Schema> {
  const result = schema.safeParse(resource.properties);
  if (!result.success) throw new Error(`${resource.name}: ${result.error.message}`);
  return result.data;
}

/** Parses one value or many, as IAM writes them, to a list. */
const StringList = z.pipe(
  z.union([z.string(), z.array(z.string())]),
  z.transform((one) => [one].flat()),
);

/**
 * Strict, so that statements with parts that no test checks (NotAction, NotResource, NotPrincipal)
 * are rejected.
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

/**
 * Returns every statement of every role's own policies: inline, attached and managed by the stack.
 */
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
          throw new Error(`unknown resource type ${resource.type}`);
        return [];
    }
  });

const ResourcePolicy = z.object({ PolicyDocument });

/** Returns the statements of a queue's or a topic's own policy. */
export const statementsOf = (policy: Resource): readonly Statement[] =>
  readProperties(ResourcePolicy, policy).PolicyDocument.Statement;

/**
 * Returns true where a resource of a statement may be the named one. It may be by `*`, and by an
 * ARN of text, which no test can resolve.
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
