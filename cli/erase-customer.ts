import { unwrap } from '../client/src/index.ts';
import type { ErasureView } from '../lambdas/contracts/api/orders.ts';
import { connect } from './client/api-client.ts';
import type { Connection } from './client/connection.ts';

export type ErasureResult = {
  /** Number of orders from which the customer was erased. */
  readonly erased: number;
  /** Orders that keep the customer until they are finished. */
  readonly openOrders: ErasureView['open'];
  /** False when the signal stopped the command before the last page. */
  readonly isComplete: boolean;
};

/**
 * Erases a customer from all finished orders, page by page. The index of a customer's orders is
 * eventually consistent, so a pass that erased something is followed by another pass.
 */
export async function eraseCustomer(
  connection: Connection,
  customerId: string,
  signal: AbortSignal,
): Promise<ErasureResult> {
  const client = connect(connection);
  let openOrders: ErasureView['open'] = [];
  let erased = 0;
  let erasedInPass = 0;
  let cursor: string | undefined;
  do {
    if (cursor === undefined) {
      openOrders = [];
      erasedInPass = 0;
    }
    const body = cursor === undefined ? {} : { cursor };
    const page = unwrap(
      await client.POST('/customers/{customerId}/erasure', {
        params: { path: { customerId } },
        body,
      }),
    );
    erased += page.erased;
    erasedInPass += page.erased;
    openOrders = [...openOrders, ...page.open];
    cursor = page.cursor;
  } while ((cursor !== undefined || erasedInPass > 0) && !signal.aborted);
  return { erased, openOrders, isComplete: cursor === undefined };
}
