import { randomUUID } from 'node:crypto';
import { parseArgs } from 'node:util';
import { expectStatus, sendRequest } from '../client/api-client.ts';
import { resolveConnection, UserError } from '../client/connection.ts';
import { pluralize } from '../reconciliation.ts';
import { runCommand } from '../run-command.ts';

const USAGE = 'usage: npm run forget -- CUSTOMER_ID [--url URL] [--token TOKEN]';

type ErasurePage = {
  readonly erased: number;
  readonly open: readonly { readonly orderId: string; readonly status: string }[];
  readonly cursor?: string;
};

/** Takes a customer's id, and what was paid with, out of all orders of theirs that are over. */
runCommand(async (signal) => {
  const { customerId, url, token } = argumentsOf();
  const where = await resolveConnection({ url, token });
  const path = `/customers/${encodeURIComponent(customerId)}/erasure`;
  let open: ErasurePage['open'][number][] = [];
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
    const page = expectStatus<ErasurePage>(
      await sendRequest(where, 'POST', path, { body, key: randomUUID() }),
      200,
    );
    erased += page.erased;
    erasedInPass += page.erased;
    open.push(...page.open);
    cursor = page.cursor;
  } while ((cursor !== undefined || erasedInPass > 0) && !signal.aborted);

  console.log(`taken out of ${pluralize(erased, 'order')}`);
  if (open.length > 0) {
    console.log(`${pluralize(open.length, 'order')} not over yet; once they are, the same again:`);
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
  } catch (error) {
    throw new UserError(`${error instanceof Error ? error.message : error} (${USAGE})`);
  }
}
