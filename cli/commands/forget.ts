import { randomUUID } from 'node:crypto';
import { parseArgs } from 'node:util';
import { expected, send } from '../client/client.ts';
import { Usage, whereFrom } from '../client/where.ts';
import { counted } from '../reconciliation.ts';
import { ended } from '../run.ts';

const USAGE = 'usage: npm run forget -- CUSTOMER_ID [--url URL] [--token TOKEN]';

type Erasure = {
  readonly erased: number;
  readonly open: readonly { readonly orderId: string; readonly status: string }[];
  readonly cursor?: string;
};

/** Takes a customer's id, and what was paid with, out of all orders of theirs that are over. */
ended(async (signal) => {
  const { customerId, url, token } = argumentsOf();
  const where = await whereFrom({ url, token });
  const path = `/customers/${encodeURIComponent(customerId)}/erasure`;
  let open: Erasure['open'][number][] = [];
  let erased = 0;
  let erasedInPass = 0;
  let cursor: string | undefined;
  // The list of a customer's orders may lag by a moment: a pass that erased something is followed by another one.
  do {
    if (cursor === undefined) {
      open = [];
      erasedInPass = 0;
    }
    const body = cursor === undefined ? {} : { cursor };
    const page = expected<Erasure>(
      await send(where, 'POST', path, { body, key: randomUUID() }),
      200,
    );
    erased += page.erased;
    erasedInPass += page.erased;
    open.push(...page.open);
    cursor = page.cursor;
  } while ((cursor !== undefined || erasedInPass > 0) && !signal.aborted);

  console.log(`taken out of ${counted(erased, 'order')}`);
  if (open.length > 0) {
    console.log(`${counted(open.length, 'order')} not over yet; once they are, the same again:`);
    for (const { orderId, status } of open) console.log(`  ${orderId} ${status}`);
  }
  if (cursor !== undefined) console.log('Stopped before the end; the same command goes on.');
  console.log(
    'What else there is of a customer, and for how long: docs/SECURITY.md, "What personal data is stored".',
  );
  return open.length === 0 && cursor === undefined ? 0 : 1;
});

function argumentsOf() {
  try {
    const { values, positionals } = parseArgs({
      allowPositionals: true,
      options: { url: { type: 'string' }, token: { type: 'string' } },
    });
    const [customerId, ...others] = positionals;
    if (customerId === undefined || others.length > 0) throw new Error('name one customer');
    return { customerId, ...values };
  } catch (fault) {
    throw new Usage(`${fault instanceof Error ? fault.message : fault} (${USAGE})`);
  }
}
