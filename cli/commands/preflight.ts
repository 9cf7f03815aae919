import { parseArgs } from 'node:util';
import { LambdaClient } from '@aws-sdk/client-lambda';
import { ServiceQuotasClient } from '@aws-sdk/client-service-quotas';
import { UserError } from '../client/connection.ts';
import { explainQuotaError, readQuotas } from '../preflight/account-quotas.ts';
import {
  ABANDONED_PERCENT,
  checkQuotas,
  loadFor,
  READS_PER_ORDER,
  type Traffic,
} from '../preflight/capacity.ts';
import { formatPreflight } from '../preflight/preflight-report.ts';
import { runCommand } from '../run-command.ts';

const USAGE =
  'usage: npm run preflight -- --orders-per-second N [--region eu-west-1] [--abandoned-percent 60] [--looks-per-order 1]\n\nCompares the quotas of the account with what N completed orders a second need, and says what to ask AWS for and which settings to use.';
const TOO_SMALL = 1;
const UNKNOWN = 2;
const ORDERS_PER_SECOND_MAX = 100_000;
const READS_MAX = 1_000;

runCommand(async () => {
  const { region, ...traffic } = argumentsOf();
  const load = loadFor(traffic);
  const found = await readQuotas({
    lambda: new LambdaClient({ region }),
    quotas: new ServiceQuotasClient({ region }),
  }).catch((error: unknown) => {
    throw explainQuotaError(error, region);
  });
  const checked = checkQuotas(load, found);
  console.log(formatPreflight(traffic, region, load, checked));
  if (checked.some(({ verdict }) => verdict === 'too small')) return TOO_SMALL;
  return checked.some(({ verdict }) => verdict === 'unknown') ? UNKNOWN : 0;
});

function argumentsOf(): Traffic & { readonly region: string } {
  let values: Readonly<Record<string, string | undefined>>;
  try {
    ({ values } = parseArgs({
      options: {
        'orders-per-second': { type: 'string' },
        region: { type: 'string' },
        'abandoned-percent': { type: 'string' },
        'looks-per-order': { type: 'string' },
      },
    }));
  } catch (error) {
    throw new UserError(`${error instanceof Error ? error.message : error} (${USAGE})`);
  }
  const traffic = {
    ordersPerSecond: parseNumber(
      '--orders-per-second',
      values['orders-per-second'],
      0.01,
      ORDERS_PER_SECOND_MAX,
    ),
    abandonedPercent: parseNumber(
      '--abandoned-percent',
      values['abandoned-percent'] ?? String(ABANDONED_PERCENT),
      0,
      99,
    ),
    readsPerOrder: parseNumber(
      '--looks-per-order',
      values['looks-per-order'] ?? String(READS_PER_ORDER),
      0,
      READS_MAX,
    ),
  };
  const region = values.region ?? process.env.AWS_REGION ?? process.env.AWS_DEFAULT_REGION ?? '';
  if (!/^[a-z]{2}(-[a-z]+)+-\d$/.test(region))
    throw new UserError(
      `--region (or AWS_REGION) names a region, for example eu-west-1${region && `, not ${region}`}`,
    );
  return { region, ...traffic };
}

function parseNumber(flag: string, text: string | undefined, min: number, max: number): number {
  if (text === undefined) throw new UserError(`${flag} is missing. ${USAGE}`);
  const value = Number(text);
  if (/^\d+(\.\d+)?$/.test(text) && value >= min && value <= max) return value;
  throw new UserError(`${flag} takes a number from ${min} to ${max}, not ${text}`);
}
