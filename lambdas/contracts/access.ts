/**
 * Scopes of the HTTP API by class of callers, each with its description. The classes share no
 * scope.
 */
export const SCOPES = {
  customer: { orders: "Place and pay one's own orders" },
  staff: {
    'orders.manage': 'Manage products and fulfil orders',
    'stock.read': 'Read stock and movements',
    'stock.write': 'Receive, adjust and count stock',
    operations: 'Reconcile, redrive and resume',
  },
} as const;

/** Class of callers. Each has its own token issuer, and a route accepts the tokens of one class. */
export type CallerClass = keyof typeof SCOPES;
export type Scope = { readonly [Class in CallerClass]: keyof (typeof SCOPES)[Class] }[CallerClass];

/**
 * Callers that a route accepts: those with a token of this scope; a service that signs with IAM; a
 * payment provider, whose own signature the function checks; or all callers. `public` routes read
 * no data. `storefront` routes show data of a shop's pages, and exist only where a stage is
 * configured to have them.
 */
export type Access = Scope | 'service' | 'provider' | 'public' | 'storefront';

export const isScope = (access: Access): access is Scope =>
  access in SCOPES.customer || access in SCOPES.staff;

/** Returns whether a route accepts callers without credentials, and knows no caller. */
export const isAnonymous = (access: Access): boolean =>
  access === 'public' || access === 'storefront';

/** Returns the class of callers whose tokens may have the scope. */
export const callerClassOf = (scope: Scope): CallerClass =>
  scope in SCOPES.staff ? 'staff' : 'customer';
