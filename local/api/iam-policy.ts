import type { Resources } from '../cloud-assembly/resources.ts';

export type Statement = {
  readonly Effect: 'Allow' | 'Deny';
  readonly Action: string | readonly string[];
  readonly Resource: string | readonly string[];
  readonly Condition?: unknown;
};

/** Returns the statements of a role: those of its own policies and of the policies that name it. */
export function statementsOf(resources: Resources, roleName: string): readonly Statement[] {
  const role = resources.ofType('AWS::IAM::Role').find(({ name }) => name === roleName);
  const attached = resources
    .ofType('AWS::IAM::Policy')
    .filter(({ properties }) => properties.Roles.includes(roleName))
    .map(({ properties }) => properties);
  return [...(role?.properties.Policies ?? []), ...attached].flatMap(
    ({ PolicyDocument }) => PolicyDocument.Statement,
  );
}

/**
 * Returns whether the statements allow an action on a resource: at least one allows it and none
 * denies it. Throws for a statement with a condition, which is not supported.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html
 */
export function isAllowed(
  statements: readonly Statement[],
  action: string,
  resource: string,
): boolean {
  const matching = statements.filter(
    ({ Action, Resource }) =>
      [Action].flat().some((pattern) => matches(pattern, action)) &&
      [Resource].flat().some((pattern) => matches(pattern, resource)),
  );
  if (matching.some(({ Condition }) => Condition !== undefined)) {
    throw new Error(`the local runtime does not support conditions on ${action}`);
  }
  return (
    matching.some(({ Effect }) => Effect === 'Allow') &&
    matching.every(({ Effect }) => Effect === 'Allow')
  );
}

/** Matches a pattern in which `*` stands for any text and `?` for one character. */
function matches(pattern: string, value: string): boolean {
  const expression = pattern
    .replace(/[.+^${}()|[\]\\]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.');
  return new RegExp(`^${expression}$`).test(value);
}
