import { randomUUID } from 'node:crypto';
import { Command, Option } from '@commander-js/extra-typings';
import { resolveConnection } from '../client/connection.ts';
import { integerBetween, urlOption } from '../options.ts';
import { EXIT_CODES, runCommand } from '../run-command.ts';
import { runSmokeTest } from '../smoke-test.ts';

const STAFF = { flag: '--staff-token', variable: 'STOCKBOOK_STAFF_TOKEN', kind: 'staff' } as const;
const CUSTOMER = {
  flag: '--customer-token',
  variable: 'STOCKBOOK_CUSTOMER_TOKEN',
  kind: 'customer',
} as const;
const WAIT_SECONDS_DEFAULT = 60;
const WAIT_SECONDS_MAX = 3_600;
const MILLISECONDS_PER_SECOND = 1_000;

export const createCommand = () =>
  new Command('smoke-test')
    .summary('run the main order flow against a stage')
    .description(
      'Receives stock, places, pays, ships and cancels orders of a new SKU, and removes the stock again. Exits with 1 when a step fails or something is left over.',
    )
    .addOption(urlOption())
    .addOption(new Option(`${STAFF.flag} <token>`, 'staff token').env(STAFF.variable))
    .addOption(new Option(`${CUSTOMER.flag} <token>`, 'customer token').env(CUSTOMER.variable))
    .option('--payment-method <id>', 'payment method that the provider accepts', 'pm_ok')
    .option('--no-orders', 'test stock only, in a stage that is deployed with orders=false')
    .option(
      '--wait-seconds <seconds>',
      'longest wait for an order to complete',
      integerBetween(1, WAIT_SECONDS_MAX),
      WAIT_SECONDS_DEFAULT,
    )
    .action(
      runCommand(async (_signal, options) => {
        const { url, staffToken, customerToken, orders, paymentMethod, waitSeconds } = options;
        const staff = await resolveConnection({ url, token: staffToken }, STAFF);
        const customer = orders
          ? await resolveConnection({ url, token: customerToken }, CUSTOMER)
          : undefined;
        const startedAt = performance.now();
        const { failures, leftovers } = await runSmokeTest({
          staff,
          customer,
          sku: `smoke-${randomUUID().slice(0, 8)}`,
          paymentMethod,
          waitSecondsMax: waitSeconds,
          onStep: (step, milliseconds) =>
            console.log(`ok       ${step} (${Math.round(milliseconds)} ms)`),
        });
        for (const failure of failures) console.log(`FAIL     ${failure}`);
        for (const leftover of leftovers) console.log(`LEFTOVER ${leftover}`);
        const seconds = ((performance.now() - startedAt) / MILLISECONDS_PER_SECOND).toFixed(1);
        console.log(
          failures.length === 0
            ? `${staff.url} passed (${seconds} s)`
            : `${staff.url} failed (${seconds} s)`,
        );
        return failures.length + leftovers.length === 0 ? EXIT_CODES.done : EXIT_CODES.open;
      }),
    );
