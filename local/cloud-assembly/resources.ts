import { UserError } from '../errors.ts';
import type { Stack } from './cloud-assembly.ts';
import { createResolver, type ResourceNames } from './intrinsics.ts';
import {
  isResourceType,
  type Properties,
  RESOURCE_TYPES,
  type ResourceType,
} from './resource-types.ts';

export type Resource<Type extends ResourceType> = {
  readonly stack: string;
  readonly logicalId: string;
  /** Physical name: `<stack>-<logicalId>`. */
  readonly name: string;
  readonly properties: Properties<Type>;
};

export type Resources = {
  readonly ofType: <Type extends ResourceType>(type: Type) => readonly Resource<Type>[];
  /** Outputs of all stacks, by logical id. */
  readonly outputs: ReadonlyMap<string, string>;
};

/**
 * Resolves the intrinsic functions of all resources. Throws one error that names every type and
 * property that is not in RESOURCE_TYPES.
 */
export function loadResources(stacks: readonly Stack[], names: ResourceNames): Resources {
  const resolve = createResolver(stacks, names);
  const errors: string[] = [];
  const byType = new Map<string, Resource<ResourceType>[]>();
  const outputs = new Map<string, string>();

  for (const { name: stack, template } of stacks) {
    for (const [logicalId, { Type: type, Properties = {} }] of Object.entries(
      template.Resources ?? {},
    )) {
      const location = `stack ${stack}, resource ${logicalId} of type ${type}`;
      if (!isResourceType(type)) {
        errors.push(`${location}: the local runtime does not support this type`);
        continue;
      }
      const parsed = RESOURCE_TYPES[type].safeParse(resolve(stack, Properties));
      if (parsed.success) {
        const resource = {
          stack,
          logicalId,
          name: physicalName(stack, logicalId),
          properties: parsed.data,
        };
        byType.set(type, [...(byType.get(type) ?? []), resource]);
      } else {
        errors.push(
          ...parsed.error.issues
            .flatMap((issue) => describeIssue(issue))
            .map((message) => `${location}: ${message}`),
        );
      }
    }
    for (const [logicalId, { Value }] of Object.entries(template.Outputs ?? {})) {
      outputs.set(logicalId, String(resolve(stack, Value)));
    }
  }
  if (errors.length > 0) throw new UserError([UNSUPPORTED_APP, ...errors].join('\n'));
  return {
    // The cast is sound: each resource is stored under its own type above.
    ofType: <Type extends ResourceType>(type: Type) =>
      (byType.get(type) ?? []) as readonly Resource<Type>[],
    outputs,
  };
}

const UNSUPPORTED_APP =
  'The local runtime cannot run this app. Start it without the setting that adds what it does not know, or add that to local/cloud-assembly/resource-types.ts: as something that it runs, or with the reason why it does not.';

export const physicalName = (stack: string, logicalId: string): string => `${stack}-${logicalId}`;

type Issue = {
  readonly code: string;
  readonly path: readonly PropertyKey[];
  readonly message: string;
  keys?: string[];
};

function describeIssue({ code, path, message, keys = [] }: Issue): string[] {
  if (code !== 'unrecognized_keys')
    return [`property ${path.join('.')} is not one that it runs: ${message}`];
  return keys.map(
    (key) => `the local runtime does not support the property ${[...path, key].join('.')}`,
  );
}
