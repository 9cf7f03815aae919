import { beforeAll, expect, test } from 'vitest';
import * as z from 'zod/mini';
import { synthesized } from '../../support/infra/synth.ts';
import {
  functionOf,
  ofType,
  permissionsOf,
  type Resource,
  read,
  resourcesOf,
} from '../../support/infra/templates.ts';

/**
 * Lambda stops a function that is invoked about 16 times in one chain of requests, unless it is allowed to be part of a recursive loop. It
 * follows a chain through functions and queues.
 * https://docs.aws.amazon.com/lambda/latest/dg/invocation-recursion.html
 */

const Mapping = z.object({ EventSourceArn: z.string(), FunctionName: z.string() });
const FunctionOf = z.object({
  Role: z.string(),
  RecursiveLoop: z.optional(z.enum(['Allow', 'Terminate'])),
});
const SENDS = ['sqs:SendMessage', 'sqs:*', 'lambda:InvokeFunction', 'lambda:*', '*'];

let resources: readonly Resource[];
beforeAll(() => {
  resources = resourcesOf(synthesized());
});

/** An alias stands for its function. */
const nameOf = (reference: string): string => reference.replace(/\.\w+$|\/Live$/, '');

/** Each function with the queues that it may send to and the functions that it may invoke. */
function sendsOf(all: readonly Resource[]): ReadonlyMap<string, readonly string[]> {
  const permissions = permissionsOf(all);
  return new Map(
    ofType(all, 'AWS::Lambda::Function').map((one) => {
      const role = nameOf(read(FunctionOf, one).Role);
      const targets = permissions
        .filter(({ role: of, statement }) => of === role && statement.Effect === 'Allow')
        .filter(({ statement }) => statement.Action.some((action) => SENDS.includes(action)))
        .flatMap(({ statement }) => statement.Resource.map(nameOf));
      return [one.name, targets] as const;
    }),
  );
}

/** Each queue with the functions that it invokes. */
function invokesOf(all: readonly Resource[]): ReadonlyMap<string, readonly string[]> {
  const invokes = new Map<string, string[]>();
  for (const mapping of ofType(all, 'AWS::Lambda::EventSourceMapping')) {
    const { EventSourceArn, FunctionName } = read(Mapping, mapping);
    const source = nameOf(EventSourceArn);
    invokes.set(source, [...(invokes.get(source) ?? []), functionOf(FunctionName)]);
  }
  return invokes;
}

/** The functions from which a way of queues and functions leads back to the function itself. */
function functionsInLoops(all: readonly Resource[]): readonly string[] {
  const ways = new Map([...sendsOf(all), ...invokesOf(all)]);
  const isReachable = (from: string, to: string, visited = new Set<string>()): boolean =>
    (ways.get(from) ?? []).some((next) => {
      if (next === to) return true;
      if (visited.has(next)) return false;
      visited.add(next);
      return isReachable(next, to, visited);
    });
  return ofType(all, 'AWS::Lambda::Function')
    .map(({ name }) => name)
    .filter((name) => isReachable(name, name));
}

test('each function that can be part of a loop of functions and queues is allowed to, and no other one is', () => {
  const allowed = ofType(resources, 'AWS::Lambda::Function')
    .filter((one) => read(FunctionOf, one).RecursiveLoop === 'Allow')
    .map(({ name }) => name);

  expect(allowed).toEqual(['reconciliation/WorkOnReconciliation']);
  expect(functionsInLoops(resources)).toEqual(allowed);
});
