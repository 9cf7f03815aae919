import { randomUUID } from 'node:crypto';
import { parseArgs } from 'node:util';
import { resolveConnection, UserError } from '../client/connection.ts';
import { runCommand } from '../run-command.ts';
import { runSmokeTest } from '../smoke-test.ts';

const USAGE =
  'usage: npm run smoke -- [--url URL] [--staff-token TOKEN] [--customer-token TOKEN] [--payment-method pm_ok] [--wait-seconds 60]\n\n' +
  'Plays the main story against a stage, and cleans up. The tokens may be in STOCKBOOK_STAFF_TOKEN and STOCKBOOK_CUSTOMER_TOKEN.';
const STAFF = { flag: '--staff-token', variable: 'STOCKBOOK_STAFF_TOKEN', kind: 'staff' } as const;
const CUSTOMER = {
  flag: '--customer-token',
  variable: 'STOCKBOOK_CUSTOMER_TOKEN',
  kind: 'customer',
} as const;
const WAIT_SECONDS_MAX = 3_600;

runCommand(async () => {
  const { url, staffToken, customerToken, paymentMethod, waitSecondsMax } = argumentsOf();
  const staff = await resolveConnection({ url, token: staffToken }, STAFF);
  const customer = await resolveConnection({ url, token: customerToken }, CUSTOMER);
  const startedAt = performance.now();
  const { failures, leftovers } = await runSmokeTest({
    staff,
    customer,
    sku: `smoke-${randomUUID().slice(0, 8)}`,
    paymentMethod,
    waitSecondsMax,
    onStep: (step, milliseconds) => console.log(`ok    ${step} (${Math.round(milliseconds)} ms)`),
  });
  for (const error of failures) console.log(`WRONG ${error}`);
  for (const leftover of leftovers) console.log(`LEFT  ${leftover}`);
  const seconds = ((performance.now() - startedAt) / 1_000).toFixed(1);
  console.log(
    failures.length === 0
      ? `${staff.url} does what it should (${seconds} s)`
      : `${staff.url} does not`,
  );
  return failures.length + leftovers.length === 0 ? 0 : 1;
});

function argumentsOf() {
  let values: Readonly<Record<string, string | undefined>>;
  try {
    ({ values } = parseArgs({
      options: {
        url: { type: 'string' },
        'staff-token': { type: 'string' },
        'customer-token': { type: 'string' },
        'payment-method': { type: 'string' },
        'wait-seconds': { type: 'string' },
      },
    }));
  } catch (error) {
    throw new UserError(`${error instanceof Error ? error.message : error} (${USAGE})`);
  }
  const waitSecondsMax = Number(values['wait-seconds'] ?? 60);
  if (!Number.isInteger(waitSecondsMax) || waitSecondsMax < 1 || waitSecondsMax > WAIT_SECONDS_MAX)
    throw new UserError(`--wait-seconds takes a whole number from 1 to ${WAIT_SECONDS_MAX}`);
  return {
    url: values.url,
    staffToken: values['staff-token'],
    customerToken: values['customer-token'],
    paymentMethod: values['payment-method'] ?? 'pm_ok',
    waitSecondsMax,
  };
}
