import { setTimeout as delay } from 'node:timers/promises';
import { type Answer, problemOf, send } from './client/client.ts';
import type { Where } from './client/where.ts';

export type Smoke = {
  /** The stage with a staff token, and with a customer's token. */
  readonly staff: Where;
  readonly customer: Where;
  /** Not used before: what the story is about, and what its keys are made of. */
  readonly sku: string;
  readonly paymentMethod: string;
  /** How long the saga may take. */
  readonly waitSecondsMax: number;
  readonly told: (step: string, milliseconds: number) => void;
};
/** What was wrong; none for a stage that does what it should. */
export type Smoked = { readonly faults: readonly string[]; readonly leftovers: readonly string[] };

const UNITS = 3;
const POLL_MILLISECONDS = 500;
const MILLISECONDS_PER_SECOND = 1_000;

/** Thrown by a step that did not come out as it should. */
class Wrong extends Error {}

/**
 * The main story of a shop, on a sku of its own: goods in, an order that is paid and shipped, one that is refused for want of stock, one that
 * is cancelled. Whatever comes of it, what it holds is let go and what it brought in is taken out again.
 */
export async function smoke(options: Smoke): Promise<Smoked> {
  const { staff, customer, sku, paymentMethod, waitSecondsMax, told } = options;
  const open = new Set<string>();
  let asked = 0;
  const askAs = async (
    where: Where,
    route: string,
    wanted: number,
    body?: object,
  ): Promise<Answer['body']> => {
    const [method = '', path = ''] = route.split(' ');
    asked += 1;
    const key = `${sku}-${asked}`;
    const answer = await send(where, method as 'GET' | 'POST' | 'PUT', path, {
      ...(body === undefined ? {} : { body }),
      ...(method === 'POST' ? { key } : {}),
    });
    if (answer.status !== wanted)
      throw new Wrong(`${route} answered ${problemOf(answer)}, not ${wanted}`);
    return answer.body;
  };
  const ask = (route: string, wanted: number, body?: object) => askAs(staff, route, wanted, body);
  const buy = (route: string, wanted: number, body?: object) =>
    askAs(customer, route, wanted, body);
  const order = async (quantity: number): Promise<string> => {
    const { orderId } = await buy('POST /orders', 201, { lines: [{ sku, quantity }] });
    open.add(String(orderId));
    return String(orderId);
  };
  const stockIs = async (wanted: Readonly<Record<string, number>>): Promise<void> => {
    const stock = await ask(`GET /stock/${sku}`, 200);
    const is = Object.fromEntries(Object.keys(wanted).map((name) => [name, stock[name]]));
    if (JSON.stringify(is) !== JSON.stringify(wanted))
      throw new Wrong(`stock says ${JSON.stringify(is)}, not ${JSON.stringify(wanted)}`);
  };
  const until = async (what: string, isSo: () => Promise<unknown>): Promise<void> => {
    const deadline = Date.now() + waitSecondsMax * MILLISECONDS_PER_SECOND;
    for (;;) {
      const last = await isSo();
      if (last === true) return;
      if (Date.now() > deadline)
        throw new Wrong(`${what} was not so after ${waitSecondsMax} s, but ${String(last)}`);
      await delay(POLL_MILLISECONDS);
    }
  };
  const untilOrder = (orderId: string, status: string) =>
    until(`order ${status}`, async () => {
      const is = (await buy(`GET /orders/${orderId}`, 200)).status;
      return is === status ? true : is;
    });

  const steps: readonly (readonly [step: string, act: () => Promise<unknown>])[] = [
    ['the API answers', () => ask('GET /health', 200)],
    [
      'a product has a price',
      async () => {
        const answer = await send(staff, 'PUT', `/products/${sku}`, {
          body: { name: 'Smoke test', unitPrice: { amount: 100, currency: 'EUR' } },
        });
        if (answer.status >= 300) throw new Wrong(`PUT /products answered ${problemOf(answer)}`);
      },
    ],
    [
      'goods come in',
      () =>
        ask(`POST /stock/${sku}/receipts`, 201, {
          quantity: UNITS,
          reference: 'smoke',
          createSku: true,
        }),
    ],
    [
      'an order holds its units',
      async () => {
        const orderId = await order(2);
        await stockIs({ onHand: UNITS, available: UNITS - 2, held: 2 });
        await buy(`POST /orders/${orderId}/payment`, 202, { paymentMethod });
      },
    ],
    ['it is paid, and its stock committed', () => untilOrder([...open][0] ?? '', 'COMPLETED')],
    [
      'it is shipped',
      async () => {
        const [orderId = ''] = open;
        await ask(`POST /orders/${orderId}/fulfilment`, 200, {});
        open.delete(orderId);
        await until('stock of the order shipped', async () => {
          const { onHand } = await ask(`GET /stock/${sku}`, 200);
          return onHand === UNITS - 2 ? true : onHand;
        });
      },
    ],
    [
      'an order for more than there is is refused',
      () => buy('POST /orders', 409, { lines: [{ sku, quantity: 2 }] }),
    ],
    [
      'an unpaid order is cancelled, and lets go',
      async () => {
        const orderId = await order(1);
        await buy(`POST /orders/${orderId}/cancellation`, 200, {});
        open.delete(orderId);
        await stockIs({ onHand: 1, available: 1, held: 0 });
      },
    ],
  ];
  const faults: string[] = [];
  for (const [step, act] of steps) {
    const startedAt = performance.now();
    try {
      await act();
      told(step, performance.now() - startedAt);
    } catch (fault) {
      faults.push(`${step}: ${fault instanceof Error ? fault.message : fault}`);
      break;
    }
  }
  return { faults, leftovers: await cleaned(options, open) };
}

/** Cancels what is open, and takes out what is left; says what could not be. */
async function cleaned(
  { staff, customer, sku }: Smoke,
  open: ReadonlySet<string>,
): Promise<readonly string[]> {
  const leftovers: string[] = [];
  const attempt = async (what: string, act: () => Promise<Answer | undefined>): Promise<void> => {
    try {
      const answer = await act();
      if (answer !== undefined && answer.status >= 300)
        leftovers.push(`${what}: ${problemOf(answer)}`);
    } catch (fault) {
      leftovers.push(`${what}: ${fault instanceof Error ? fault.message : fault}`);
    }
  };
  for (const orderId of open)
    await attempt(`order ${orderId}`, () =>
      send(customer, 'POST', `/orders/${orderId}/cancellation`, {
        body: {},
        key: `${sku}-clean-${orderId}`,
      }),
    );
  await attempt(`units of ${sku}`, async () => {
    const { status, body } = await send(staff, 'GET', `/stock/${sku}`);
    const available = Number(body.available);
    if (status !== 200 || available === 0) return undefined;
    return send(staff, 'POST', `/stock/${sku}/adjustments`, {
      body: { delta: -available, reason: 'correction', note: 'end of a smoke test' },
      key: `${sku}-clean`,
    });
  });
  return leftovers;
}
