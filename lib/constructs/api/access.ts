/** Scopes of the HTTP contract, by the class of callers that may have them. No class has a scope of the other. */
export const SCOPES = {
  customer: { orders: "Place and pay one's own orders" },
  staff: {
    'orders.manage': 'Manage products and fulfil orders',
    'stock.read': 'Read stock and movements',
    'stock.write': 'Receive, adjust and count stock',
    operations: 'Reconcile, redrive and resume',
  },
} as const;

/** Class of callers. Each has an issuer of its own, and each route accepts tokens of one class. */
export type CallerClass = keyof typeof SCOPES;
type ScopeOf = { readonly [Class in CallerClass]: keyof (typeof SCOPES)[Class] };
export type Scope = ScopeOf[CallerClass];

/** Returns the class of callers whose tokens may have the scope. */
export const callerClassOf = (scope: Scope): CallerClass =>
  scope in SCOPES.staff ? 'staff' : 'customer';

/** A token with this scope, of the issuer of its class of callers; a service that signs with IAM; a provider that signs in its own way, which the function checks; or anybody. */
export type Access = Scope | 'service' | 'provider' | 'public';
