import { LambdaClient } from '@aws-sdk/client-lambda';
import { ServiceQuotasClient } from '@aws-sdk/client-service-quotas';
import { Command, Option } from '@commander-js/extra-typings';
import { UserError } from '../../local/errors.ts';
import { numberBetween } from '../options.ts';
import { explainQuotaError, readQuotas } from '../preflight/account-quotas.ts';
import { ABANDONED_PERCENT, checkQuotas, loadFor, READS_PER_ORDER } from '../preflight/capacity.ts';
import { formatPreflight } from '../preflight/preflight-report.ts';
import { EXIT_CODES, runCommand } from '../run-command.ts';

const ORDERS_PER_SECOND_MAX = 100_000;
const READS_MAX = 1_000;

export const createCommand = () =>
  new Command('preflight')
    .summary("compare the account's quotas with a rate of orders")
    .description(
      'Compares the quotas of the AWS account with what a rate of completed orders needs. Prints the quotas to request and the settings to use. Exits with 1 when a quota is too small, and with 2 when one is unknown.',
    )
    .requiredOption(
      '--orders-per-second <number>',
      'completed orders per second',
      numberBetween(0.01, ORDERS_PER_SECOND_MAX),
    )
    .addOption(
      new Option('--region <region>', 'AWS region, for example eu-west-1').env('AWS_REGION'),
    )
    .option(
      '--abandoned-percent <number>',
      'share of placed orders that are never paid',
      numberBetween(0, 99),
      ABANDONED_PERCENT,
    )
    .option(
      '--reads-per-order <number>',
      'reads of each placed order by its customer',
      numberBetween(0, READS_MAX),
      READS_PER_ORDER,
    )
    .action(
      runCommand(async (_signal, options) => {
        const { ordersPerSecond, abandonedPercent, readsPerOrder } = options;
        const traffic = { ordersPerSecond, abandonedPercent, readsPerOrder };
        const region = requireRegion(options.region || process.env.AWS_DEFAULT_REGION);
        const load = loadFor(traffic);
        const quotaOf = await readQuotas({
          lambda: new LambdaClient({ region }),
          quotas: new ServiceQuotasClient({ region }),
        }).catch((error: unknown) => {
          throw explainQuotaError(error, region);
        });
        const checks = checkQuotas(load, quotaOf);
        console.log(formatPreflight(traffic, region, load, checks));
        if (checks.some(({ verdict }) => verdict === 'too small')) return EXIT_CODES.open;
        return checks.some(({ verdict }) => verdict === 'unknown')
          ? EXIT_CODES.error
          : EXIT_CODES.done;
      }),
    );

function requireRegion(region: string | undefined): string {
  if (region !== undefined && /^[a-z]{2}(-[a-z]+)+-\d$/.test(region)) return region;
  throw new UserError(
    `Set --region or AWS_REGION to an AWS region, for example eu-west-1${region ? `, not ${region}` : ''}.`,
  );
}
