import { Command } from '@commander-js/extra-typings';
import { resolveConnection } from '../client/connection.ts';
import { eraseCustomer } from '../erase-customer.ts';
import { tokenOption, urlOption } from '../options.ts';
import { EXIT_CODES, runCommand } from '../run-command.ts';
import { pluralize } from '../text.ts';

export const createCommand = () =>
  new Command('erase-customer')
    .summary("remove a customer's data from finished orders")
    .description(
      "Removes a customer's id and payment method from the customer's finished orders. Exits with 1 when orders are open: run it again once they are finished.",
    )
    .argument('<customer-id>', 'subject of the customer in the tokens of the issuer')
    .addOption(urlOption())
    .addOption(tokenOption())
    .action(
      runCommand(async (signal, customerId, options) => {
        const connection = await resolveConnection(options);
        const { erased, openOrders, isComplete } = await eraseCustomer(
          connection,
          customerId,
          signal,
        );
        console.log(`Erased from ${pluralize(erased, 'order')}.`);
        if (openOrders.length > 0) {
          console.log(
            `${pluralize(openOrders.length, 'order')} not finished yet. Run this command again once they are:`,
          );
          for (const { orderId, status } of openOrders) console.log(`  ${orderId} ${status}`);
        }
        if (!isComplete) console.log('Stopped before the end. Run this command again to continue.');
        console.log(
          'docs/SECURITY.md, "What personal data is stored", lists what else is stored about a customer, and for how long.',
        );
        return openOrders.length === 0 && isComplete ? EXIT_CODES.done : EXIT_CODES.open;
      }),
    );
