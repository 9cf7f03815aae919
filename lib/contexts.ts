import type { Route } from '../lambdas/contracts/routes/route.ts';
import type { Config } from './config.ts';

type Context = Route['context'];

/** Contexts that a stage with `orders=false` does not have. */
const ORDER_CONTEXTS: ReadonlySet<Context> = new Set(['orders', 'payments']);

/** Returns whether the stage has the functions and routes of a context. */
export const hasContext = ({ orders }: Pick<Config, 'orders'>, context: Context): boolean =>
  orders || !ORDER_CONTEXTS.has(context);
