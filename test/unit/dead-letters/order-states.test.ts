import { expect, test } from 'vitest';
import { HttpOrderStates } from '../../../lambdas/dead-letters/adapters/http-order-states.ts';
import type { SignedClient } from '../../../lambdas/shared/http/signed-client.ts';

/** Returns a client whose audits have no records, and the paths that it received. */
function createClient() {
  const paths: string[] = [];
  const client: Pick<SignedClient, 'send'> = {
    send: async (_method, path) => {
      paths.push(path.replace(/\?.*/, ''));
      return { status: 200, body: { items: [], unreadable: [] } };
    },
  };
  return { client, paths };
}

test('reads the states of orders and reservations', async () => {
  const { client, paths } = createClient();

  await new HttpOrderStates(client, { hasOrders: true }).getStates(['ord-1']);

  expect(paths).toEqual(['/audit/orders', '/audit/reservations']);
});

test('reads only reservations in a stage without orders', async () => {
  const { client, paths } = createClient();

  const states = await new HttpOrderStates(client, { hasOrders: false }).getStates(['res-1']);

  expect(paths).toEqual(['/audit/reservations']);
  expect(states.get('res-1')).toEqual({ order: undefined, reservation: undefined });
});
