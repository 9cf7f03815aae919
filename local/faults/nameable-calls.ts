import { readFileSync } from 'node:fs';
import path from 'node:path';
import { statementsOf } from '../api/iam-policy.ts';
import type { Stack } from '../cloud-assembly/cloud-assembly.ts';
import type { Resources } from '../cloud-assembly/resources.ts';

/** Class of a command as esbuild writes it: `… extends command(…, "PutItem", PutItem$) {`. */
const COMMAND_CLASS = /"([A-Z][A-Za-z0-9]+)",\s*[\w$]+\)\s*\{/g;
/** Requests of actions whose service has no JSON protocol, so that they have no X-Amz-Target. */
const REST_REQUESTS: Readonly<Record<string, string>> = {
  Invoke: 'POST /2015-03-31/functions/{functionName}/invocations',
};
const PARAMETER = /^\{.*\}$/;

/**
 * Returns the actions of AWS whose commands are in a bundle. A command that is bundled may never be
 * sent: the bundle does not show which ones are.
 */
export const actionsInBundle = (code: string): readonly string[] =>
  [...new Set([...code.matchAll(COMMAND_CLASS)].map(([, name = '']) => name))]
    .filter((name) => code.includes(`${name}Command`))
    .map((name) => REST_REQUESTS[name] ?? name)
    .sort();

/**
 * Returns a function that returns the calls of a function, by its physical name, as faults name
 * them: actions of AWS, and the service routes if its role may invoke any.
 */
export function createCallLookup(
  resources: Resources,
  stacks: readonly Stack[],
): (functionName: string) => readonly string[] {
  const assets = new Map(stacks.flatMap((stack) => [...stack.assets]));
  const functions = new Map(
    resources.ofType('AWS::Lambda::Function').map(({ name, properties }) => [name, properties]),
  );
  const serviceRoutes = resources
    .ofType('AWS::ApiGatewayV2::Route')
    .filter(({ properties }) => properties.AuthorizationType === 'AWS_IAM')
    .map(({ properties }) => properties.RouteKey)
    .sort();
  return (functionName) => {
    const properties = functions.get(functionName);
    const codePath = assets.get(properties?.Code.S3Key ?? '');
    if (properties === undefined || codePath === undefined)
      throw new Error(`function ${functionName} has no code`);
    const [file = ''] = properties.Handler.split('.');
    const code = readFileSync(path.join(codePath, `${file}.mjs`), 'utf8');
    const mayInvokeRoutes = statementsOf(resources, properties.Role.split('/').at(-1) ?? '').some(
      ({ Action }) => [Action].flat().includes('execute-api:Invoke'),
    );
    return [...actionsInBundle(code), ...(mayInvokeRoutes ? serviceRoutes : [])];
  };
}

/**
 * Returns true if a name means one of the calls. A segment of a path may be a value or a parameter
 * in either: `PUT /reservations/ord_1` is `PUT /reservations/{reservationId}`.
 */
export const isNameOf = (name: string, calls: readonly string[]): boolean =>
  calls.some((call) => {
    const [named, known] = [name.split('/'), call.split('/')];
    return (
      named.length === known.length &&
      named.every(
        (part, place) =>
          part === known[place] || PARAMETER.test(part) || PARAMETER.test(known[place] ?? ''),
      )
    );
  });
