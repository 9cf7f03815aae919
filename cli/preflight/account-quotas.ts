import { GetAccountSettingsCommand, type LambdaClient } from '@aws-sdk/client-lambda';
import {
  ListAWSDefaultServiceQuotasCommand,
  type ListAWSDefaultServiceQuotasCommandOutput,
  ListServiceQuotasCommand,
  type ListServiceQuotasCommandOutput,
  type ServiceQuota,
  type ServiceQuotasClient,
} from '@aws-sdk/client-service-quotas';
import { Usage } from '../client/where.ts';
import { CONCURRENCY, QUOTAS, type Quota, type QuotaNeed } from './capacity.ts';

type Clients = { readonly lambda: LambdaClient; readonly quotas: ServiceQuotasClient };
type Page = ListServiceQuotasCommandOutput | ListAWSDefaultServiceQuotasCommandOutput;

const PAGE_QUOTAS_MAX = 100;
/** https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html, as Service Quotas has it. */
const CONCURRENCY_CODE = 'L-B99A9384';

/**
 * Reads the quotas of the account in the clients' region: how many functions may run at once from Lambda itself, which subtracts what
 * other functions reserve, and all others from Service Quotas. A quota that has no value of the account has AWS's default.
 */
export async function readQuotas({
  lambda,
  quotas,
}: Clients): Promise<(need: QuotaNeed) => Quota | undefined> {
  const { AccountLimit } = await lambda.send(new GetAccountSettingsCommand({}));
  const found = new Map<string, Quota>();
  const keep = ({ service, name }: Pick<QuotaNeed, 'service' | 'name'>, quota: Quota) =>
    found.set(`${service} ${name}`, quota);
  const concurrency =
    AccountLimit?.UnreservedConcurrentExecutions ?? AccountLimit?.ConcurrentExecutions;
  if (concurrency !== undefined)
    keep(CONCURRENCY, { value: concurrency, isDefault: false, code: CONCURRENCY_CODE });
  const services = new Set(
    QUOTAS.map(({ service }) => service).filter((one) => one !== CONCURRENCY.service),
  );
  for (const service of services) {
    const byDefault = await all((NextToken) =>
      quotas.send(
        new ListAWSDefaultServiceQuotasCommand({
          ServiceCode: service,
          MaxResults: PAGE_QUOTAS_MAX,
          NextToken,
        }),
      ),
    );
    const applied = await all((NextToken) =>
      quotas.send(
        new ListServiceQuotasCommand({
          ServiceCode: service,
          MaxResults: PAGE_QUOTAS_MAX,
          NextToken,
        }),
      ),
    );
    for (const [list, isDefault] of [
      [byDefault, true],
      [applied, false],
    ] as const)
      for (const { QuotaName: name, QuotaCode: code, Value: value } of list)
        if (name !== undefined && value !== undefined)
          keep({ service, name }, { value, isDefault, code });
  }
  return ({ service, name }) => found.get(`${service} ${name}`);
}

async function all(
  page: (token: string | undefined) => Promise<Page>,
): Promise<readonly ServiceQuota[]> {
  const items: ServiceQuota[] = [];
  let token: string | undefined;
  do {
    const { Quotas = [], NextToken }: Page = await page(token);
    items.push(...Quotas);
    token = NextToken;
  } while (token !== undefined);
  return items;
}

/** Errors that a person can mend, by the name of the SDK's error or the code of the connection's. */
const MENDABLE: Readonly<Record<string, (message: string, region: string) => string>> = {
  CredentialsProviderError: () =>
    'There are no credentials of AWS: set AWS_PROFILE, as for the AWS CLI.',
  AccessDeniedException: (message) =>
    `The credentials lack a right: ${message} Allow lambda:GetAccountSettings, servicequotas:ListServiceQuotas and servicequotas:ListAWSDefaultServiceQuotas.`,
  UnrecognizedClientException: (_message, region) =>
    `AWS does not accept the credentials in ${region}: they are wrong or expired, or the account has not enabled that region.`,
  ExpiredTokenException: () => 'The credentials have expired: sign in again.',
  ENOTFOUND: (_message, region) =>
    `There is no region ${region}, or no network. Name one with --region, for example eu-west-1.`,
};

/** Returns a Usage that says what to do for an error that a person can mend, and the error itself for any other. */
export function asUsage(fault: unknown, region: string): unknown {
  if (!(fault instanceof Error)) return fault;
  const code = 'code' in fault ? String(fault.code) : '';
  const mend = MENDABLE[fault.name] ?? MENDABLE[code];
  return mend === undefined ? fault : new Usage(mend(fault.message, region));
}
