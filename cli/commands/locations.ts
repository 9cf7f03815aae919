import { Command, InvalidArgumentError, Option } from '@commander-js/extra-typings';
import { resolveConnection } from '../client/connection.ts';
import { integerBetween, tokenOption, urlOption } from '../options.ts';
import { EXIT_CODES, runCommand } from '../run-command.ts';
import { formatLocations, listLocations, putLocation } from '../stock/locations.ts';

const PRIORITY_MAX = 10_000;

export const createCommand = () =>
  new Command('locations')
    .summary('list locations, create one or replace its settings')
    .description('Lists locations. Creates a location or replaces its settings.')
    .addCommand(createListCommand())
    .addCommand(createPutCommand());

const createListCommand = () =>
  new Command('list')
    .description('Prints all locations.')
    .addOption(urlOption())
    .addOption(tokenOption())
    .action(
      runCommand(async (_signal, options) => {
        const connection = await resolveConnection(options);
        console.log(formatLocations(await listLocations(connection)));
        return EXIT_CODES.done;
      }),
    );

const createPutCommand = () =>
  new Command('put')
    .description(
      'Creates a location, or replaces all its settings: a setting without its option gets its default or is cleared.',
    )
    .argument('<location-id>')
    .requiredOption('--name <name>', 'name for people')
    .addOption(
      new Option('--kind <kind>', 'kind of the location')
        .choices(['warehouse', 'store', 'dropship'] as const)
        .default('warehouse' as const),
    )
    .option('--inactive', 'sell nothing from the location')
    .option('--no-ships', 'ship no orders from the location')
    .option('--pickup', 'let customers collect orders there')
    .addOption(
      new Option(
        '--priority <number>',
        'a location with a lower number is preferred; among equals main is first, then by id',
      )
        .argParser(integerBetween(0, PRIORITY_MAX))
        .default(100),
    )
    .option('--country <code>', 'country of the address, by ISO 3166-1, for example DE')
    .option('--postal-code <code>', 'postal code of the address')
    .option('--city <city>', 'city of the address')
    .option('--address-line <text...>', 'further lines of the address')
    .option('--time-zone <name>', 'time zone, for example Europe/Berlin')
    .addOption(
      new Option('--external-id <system=id...>', 'ids of the location in other systems').argParser(
        parseExternalId,
      ),
    )
    .addOption(urlOption())
    .addOption(tokenOption())
    .action(
      runCommand(async (_signal, locationId, { url, token, ...options }) => {
        const isNew = await putLocation(
          await resolveConnection({ url, token }),
          locationId,
          options,
        );
        console.log(`Location ${locationId} was ${isNew ? 'created' : 'replaced'}.`);
        return EXIT_CODES.done;
      }),
    );

/** Adds one `system=id` to those of earlier options. */
function parseExternalId(
  text: string,
  earlier: Readonly<Record<string, string>> | undefined,
): Readonly<Record<string, string>> {
  const [system = '', ...id] = text.split('=');
  if (system === '' || id.join('=') === '')
    throw new InvalidArgumentError('It must be a system and an id, for example erp=17.');
  return { ...earlier, [system]: id.join('=') };
}
