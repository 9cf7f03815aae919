import * as auditRoutes from './routes/audit-routes.ts';
import * as availabilityRoutes from './routes/availability-routes.ts';
import * as deadLetterRoutes from './routes/dead-letter-routes.ts';
import * as healthRoutes from './routes/health-routes.ts';
import * as locationRoutes from './routes/location-routes.ts';
import * as orderRoutes from './routes/order-routes.ts';
import * as paymentRoutes from './routes/payment-routes.ts';
import * as productRoutes from './routes/product-routes.ts';
import * as reconciliationRoutes from './routes/reconciliation-routes.ts';
import * as repairRoutes from './routes/repair-routes.ts';
import * as reservationRoutes from './routes/reservation-routes.ts';
import type { Route } from './routes/route.ts';
import * as stockRoutes from './routes/stock-routes.ts';
import * as storefrontRoutes from './routes/storefront-routes.ts';

/**
 * Every route of the HTTP API, by its key. A handler imports the file of its own route only, so
 * that its bundle has no schema of another one.
 */
export const routes = {
  ...healthRoutes,
  ...stockRoutes,
  ...availabilityRoutes,
  ...storefrontRoutes,
  ...locationRoutes,
  ...reservationRoutes,
  ...productRoutes,
  ...orderRoutes,
  ...paymentRoutes,
  ...reconciliationRoutes,
  ...deadLetterRoutes,
  ...auditRoutes,
  ...repairRoutes,
} as const satisfies Readonly<Record<string, Route>>;

export type RouteKey = keyof typeof routes;

/** Returns the route's key in API Gateway: `<METHOD> <path>`. */
export const routeKeyOf = ({ method, path }: Pick<Route, 'method' | 'path'>): string =>
  `${method} ${path}`;

/** Returns the id of the route's function in its stack: `AdjustStock`. */
export const functionIdOf = (key: RouteKey): string =>
  key.replace(/^./, (first) => first.toUpperCase());

/** Returns the bundle of the route's handler: `inventory/adjust-stock`. */
export const handlerOf = (key: RouteKey): string =>
  `${routes[key].context}/${key.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
