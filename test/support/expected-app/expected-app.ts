import type { RouteKey } from '../../../lambdas/contracts/routes.ts';
import type { ExpectedContext, Grants, ResponseStatuses } from './expected-context.ts';
import { inventory } from './inventory.ts';
import { operations } from './operations.ts';
import { orders } from './orders.ts';
import { payments } from './payments.ts';
import { reconciliation } from './reconciliation.ts';
import { storefront } from './storefront.ts';

/**
 * Expected routes, functions, permissions, subscriptions and stream consumers of the app: one file
 * of this folder for each context, and one for what only `publicAvailability=true` adds. They are
 * written by hand and not derived from `lib`, so that a permission or a subscription is stated
 * twice. Tests of the templates and the end-to-end test of authorization compare the app with them.
 */

const FOLDER = 'test/support/expected-app';

/** Returns what to do about each name that only the app or only an expectation has. */
export const missingEntries = (
  kind: keyof ExpectedContext,
  actual: readonly string[],
  expected: readonly string[],
): readonly string[] => [
  ...actual
    .filter((name) => !expected.includes(name))
    .map((name) => `${name} is missing: add it to ${kind} of its context in ${FOLDER}`),
  ...expected
    .filter((name) => !actual.includes(name))
    .map((name) => `${name} is in ${kind} in ${FOLDER}, but no stack in lib/stacks creates it`),
];

const CONTEXTS: readonly ExpectedContext[] = [
  inventory,
  orders,
  payments,
  reconciliation,
  operations,
];

export const ROUTES: ExpectedContext['routes'] = Object.fromEntries(
  CONTEXTS.flatMap(({ routes }) => Object.entries(routes)),
);
export const RESPONSES: Readonly<Record<RouteKey, ResponseStatuses>> = {
  ...inventory.responses,
  ...orders.responses,
  ...payments.responses,
  ...reconciliation.responses,
  ...operations.responses,
  ...storefront.responses,
};
export const FUNCTIONS: Readonly<Record<string, Grants>> = Object.fromEntries(
  CONTEXTS.flatMap(({ functions }) => Object.entries(functions)),
);
export const SUBSCRIPTIONS = CONTEXTS.flatMap(({ subscriptions }) => subscriptions);
export const STREAMS = CONTEXTS.flatMap(({ streams }) => streams);
