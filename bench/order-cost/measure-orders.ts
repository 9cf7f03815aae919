import { createOrderCostEnvironment } from './environment.ts';
import { OrderRunner, type StepUsages } from './order-runner.ts';
import { mergeUsages, type Usage } from './usage.ts';

export const ALONE_ORDERS = 8;
export const TOGETHER_ORDERS = 30;
export const ABANDONED_ORDERS = 3;
/** Short, so that a hold expires while the benchmark waits. */
const SHORT_HOLD_CONTEXT = { holdSeconds: '3', holdGranularitySeconds: '1' };

const logProgress = (line: string): void => console.error(line);

/** Measures orders that are paid, and the cancellation of orders before and after completion. */
export async function measurePaidOrders() {
  const environment = await createOrderCostEnvironment();
  try {
    const flow = await OrderRunner.open(environment);
    logProgress('running every function once, without counting');
    await flow.complete(1);
    await flow.cancelUnpaid();
    await flow.cancelCompleted();
    const alone: StepUsages[] = [];
    for (let order = 1; order <= ALONE_ORDERS; order += 1) {
      logProgress(`order ${order} of ${ALONE_ORDERS}, alone`);
      alone.push(await flow.complete(1));
    }
    logProgress(`${TOGETHER_ORDERS} orders concurrently`);
    const crowd = await flow.complete(TOGETHER_ORDERS);
    const cancelledUnpaid = await flow.cancelUnpaid();
    const cancelledCompleted = await flow.cancelCompleted();
    return { settings: environment.settings, alone, crowd, cancelledUnpaid, cancelledCompleted };
  } finally {
    await environment.stop();
  }
}

/** Measures orders whose hold expires before they are paid. */
export async function measureAbandonedOrders() {
  const environment = await createOrderCostEnvironment(SHORT_HOLD_CONTEXT);
  try {
    const flow = await OrderRunner.open(environment);
    await flow.abandon();
    const abandoned: { place: Usage; expiry: Usage }[] = [];
    for (let order = 1; order <= ABANDONED_ORDERS; order += 1) {
      logProgress(`order ${order} of ${ABANDONED_ORDERS}, abandoned`);
      abandoned.push(await flow.abandon());
    }
    return {
      place: mergeUsages(abandoned.map(({ place }) => place)),
      expiry: mergeUsages(abandoned.map(({ expiry }) => expiry)),
    };
  } finally {
    await environment.stop();
  }
}
