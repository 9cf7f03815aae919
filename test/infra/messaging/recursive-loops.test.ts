import { beforeAll, expect, test } from 'vitest';
import * as z from 'zod/mini';
import { synthesizeTemplates } from '../../support/infra/synthesize-templates.ts';
import {
  functionBehindAlias,
  permissionsOf,
  type Resource,
  readProperties,
  resourcesOf,
  resourcesOfType,
} from '../../support/infra/templates.ts';

/**
 * Lambda stops a function that is invoked about 16 times in one chain of requests, unless it is
 * allowed to be part of a recursive loop. It follows a chain through functions and queues.
 * https://docs.aws.amazon.com/lambda/latest/dg/invocation-recursion.html
 */

const Mapping = z.object({ EventSourceArn: z.string(), FunctionName: z.string() });
const FunctionProperties = z.object({
  Role: z.string(),
  RecursiveLoop: z.optional(z.enum(['Allow', 'Terminate'])),
});
const SEND_ACTIONS = ['sqs:SendMessage', 'sqs:*', 'lambda:InvokeFunction', 'lambda:*', '*'];

let resources: readonly Resource[];
beforeAll(() => {
  resources = resourcesOf(synthesizeTemplates());
});

/** Returns the name of the referenced resource; for an alias, that of its function. */
const nameOf = (reference: string): string => reference.replace(/\.\w+$|\/Live$/, '');

/** Returns the queues that each function may send to and the functions that it may invoke. */
function sendsOf(all: readonly Resource[]): ReadonlyMap<string, readonly string[]> {
  const permissions = permissionsOf(all);
  return new Map(
    resourcesOfType(all, 'AWS::Lambda::Function').map((one) => {
      const role = nameOf(readProperties(FunctionProperties, one).Role);
      const targets = permissions
        .filter(({ role: of, statement }) => of === role && statement.Effect === 'Allow')
        .filter(({ statement }) => statement.Action.some((action) => SEND_ACTIONS.includes(action)))
        .flatMap(({ statement }) => statement.Resource.map(nameOf));
      return [one.name, targets] as const;
    }),
  );
}

/** Returns the functions that each queue invokes. */
function invokesOf(all: readonly Resource[]): ReadonlyMap<string, readonly string[]> {
  const invokes = new Map<string, string[]>();
  for (const mapping of resourcesOfType(all, 'AWS::Lambda::EventSourceMapping')) {
    const { EventSourceArn, FunctionName } = readProperties(Mapping, mapping);
    const source = nameOf(EventSourceArn);
    invokes.set(source, [...(invokes.get(source) ?? []), functionBehindAlias(FunctionName)]);
  }
  return invokes;
}

/** Returns the functions that a path of queues and functions leads back to. */
function functionsInLoops(all: readonly Resource[]): readonly string[] {
  const edges = new Map([...sendsOf(all), ...invokesOf(all)]);
  const isReachable = (from: string, to: string, visited = new Set<string>()): boolean =>
    (edges.get(from) ?? []).some((next) => {
      if (next === to) return true;
      if (visited.has(next)) return false;
      visited.add(next);
      return isReachable(next, to, visited);
    });
  return resourcesOfType(all, 'AWS::Lambda::Function')
    .map(({ name }) => name)
    .filter((name) => isReachable(name, name));
}

test('exactly the functions in a loop with queues allow recursive loops', () => {
  const allowed = resourcesOfType(resources, 'AWS::Lambda::Function')
    .filter((one) => readProperties(FunctionProperties, one).RecursiveLoop === 'Allow')
    .map(({ name }) => name);

  expect(allowed).toEqual(['reconciliation/ProcessWork']);
  expect(functionsInLoops(resources)).toEqual(allowed);
});
