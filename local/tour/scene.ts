import { randomUUID } from 'node:crypto';
import type { DemoClient, Order, PlacedOrder, Stock } from '../demo/demo-client.ts';
import type { Machine } from './machine.ts';
import type { Messages } from './messages/message-types.ts';

/** Output of a scene. */
export type Screen = {
  /** Prints a paragraph. */
  readonly say: (text: string) => void;
  /** Prints what the naive shop did. */
  readonly naive: (text: string) => void;
  /** Prints the balances of some SKUs. */
  readonly stocks: (stocks: readonly Stock[]) => void;
  /** Prints the statuses that an order had, and its payment. */
  readonly timeline: (order: Order) => void;
  /** Prints a table. The first row is its heading. */
  readonly table: (rows: readonly (readonly (string | number)[])[]) => void;
};

/** Everything that a scene works with. */
export type Stage = {
  readonly staff: DemoClient;
  readonly alice: DemoClient;
  readonly bob: DemoClient;
  readonly screen: Screen;
  readonly messages: Messages;
  /** Undefined for a stage that is not on this machine. */
  readonly machine?: Machine | undefined;
};

/**
 * Plays a scene on a running Stockbook and prints it. Throws when a response differs from what the
 * scene shows.
 */
export type PlayScene = (stage: Stage) => Promise<void>;

/** Returns the runtime. Throws for a stage that is not on this machine. */
export function machineOf({ machine }: Stage): Machine {
  if (machine === undefined) throw new Error('This scene needs a runtime on this machine.');
  return machine;
}

/** Product as orders knows it. */
export type Product = {
  readonly sku: string;
  readonly name: string;
  readonly unitPrice: { readonly amount: number; readonly currency: string };
};

/**
 * Creates a product with stock and returns it. Each scene has its own, so that it can be played
 * alone; a scene that is played again has a new one.
 */
export async function receiveGoods(
  { staff }: Pick<Stage, 'staff'>,
  name: string,
  quantity: number,
): Promise<Product> {
  const sku = `${name}-${randomUUID().slice(0, SKU_SUFFIX_CHARACTERS)}`;
  const unitPrice = { amount: 850, currency: 'EUR' };
  await staff.putProduct({ sku, name, unitPrice });
  await staff.receive(sku, { quantity });
  return { sku, name, unitPrice };
}
const SKU_SUFFIX_CHARACTERS = 4;

export const placeOrder = (buyer: DemoClient, sku: string, quantity = 1): Promise<PlacedOrder> =>
  buyer.placeOrder([{ sku, quantity }]);
