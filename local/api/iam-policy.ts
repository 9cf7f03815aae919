import type { Resources } from '../cloud-assembly/resources.ts';

export type Statement = {
  readonly Effect: 'Allow' | 'Deny';
  readonly Action: string | readonly string[];
  readonly Resource: string | readonly string[];
  readonly Condition?: unknown;
};

/** The statements of a role: its own, and those of the policies that name it. */
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
 * Whether statements allow an action on a resource: some allow and none denies. A condition on such a statement is an error.
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
    throw new Error(`the local runtime does not know conditions on ${action}`);
  }
  return (
    matching.some(({ Effect }) => Effect === 'Allow') &&
    matching.every(({ Effect }) => Effect === 'Allow')
  );
}

/** `*` stands for any text, `?` for one character. */
function matches(pattern: string, value: string): boolean {
  const expression = pattern
    .replace(/[.+^${}()|[\]\\]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.');
  return new RegExp(`^${expression}$`).test(value);
}
