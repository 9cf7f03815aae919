import { Command } from '@commander-js/extra-typings';
import { resolveConnection } from '../client/connection.ts';
import { tokenOption, urlOption } from '../options.ts';
import { EXIT_CODES, runCommand } from '../run-command.ts';
import { formatAvailability, readAvailability } from '../stock/availability.ts';

export const createCommand = () =>
  new Command('availability')
    .summary('print what can be sold of SKUs, by location')
    .description(
      'Prints the units that new orders may take, and those on hand. Exits with 1 when a SKU does not exist.',
    )
    .argument('<sku...>', 'up to 100 SKUs')
    .option('--location <id...>', 'only these locations')
    .addOption(urlOption())
    .addOption(tokenOption())
    .action(
      runCommand(async (_signal, skus, { location, ...options }) => {
        const connection = await resolveConnection(options);
        const availability = await readAvailability(connection, skus, location);
        console.log(formatAvailability(availability));
        return availability.unknown.length === 0 ? EXIT_CODES.done : EXIT_CODES.open;
      }),
    );
