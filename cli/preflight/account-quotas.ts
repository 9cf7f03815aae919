import { GetAccountSettingsCommand, type LambdaClient } from '@aws-sdk/client-lambda';
import {
  ListAWSDefaultServiceQuotasCommand,
  type ListAWSDefaultServiceQuotasCommandOutput,
  ListServiceQuotasCommand,
  type ListServiceQuotasCommandOutput,
  type ServiceQuota,
  type ServiceQuotasClient,
} from '@aws-sdk/client-service-quotas';
import { UserError } from '../../local/errors.ts';
import {
  CONCURRENCY_REQUIREMENT,
  QUOTA_REQUIREMENTS,
  type Quota,
  type QuotaRequirement,
} from './capacity.ts';

type Clients = { readonly lambda: LambdaClient; readonly quotas: ServiceQuotasClient };
type QuotaPage = ListServiceQuotasCommandOutput | ListAWSDefaultServiceQuotasCommandOutput;

const PAGE_QUOTAS_MAX = 100;
/**
 * Code of the quota in Service Quotas.
 * https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
 */
const CONCURRENCY_QUOTA_CODE = 'L-B99A9384';

/**
 * Reads the quotas of the account in the clients' region. Reads the concurrency from Lambda itself,
 * which subtracts what other functions reserve, and all others from Service Quotas. A quota without
 * a value of the account has AWS's default.
 */
export async function readQuotas({
  lambda,
  quotas,
}: Clients): Promise<(need: QuotaRequirement) => Quota | undefined> {
  const { AccountLimit } = await lambda.send(new GetAccountSettingsCommand({}));
  const found = new Map<string, Quota>();
  const addQuota = ({ service, name }: Pick<QuotaRequirement, 'service' | 'name'>, quota: Quota) =>
    found.set(`${service} ${name}`, quota);
  const concurrency =
    AccountLimit?.UnreservedConcurrentExecutions ?? AccountLimit?.ConcurrentExecutions;
  if (concurrency !== undefined)
    addQuota(CONCURRENCY_REQUIREMENT, {
      value: concurrency,
      isDefault: false,
      code: CONCURRENCY_QUOTA_CODE,
    });
  const services = new Set(
    QUOTA_REQUIREMENTS.map(({ service }) => service).filter(
      (one) => one !== CONCURRENCY_REQUIREMENT.service,
    ),
  );
  for (const service of services) {
    const byDefault = await listAllQuotas((NextToken) =>
      quotas.send(
        new ListAWSDefaultServiceQuotasCommand({
          ServiceCode: service,
          MaxResults: PAGE_QUOTAS_MAX,
          NextToken,
        }),
      ),
    );
    const applied = await listAllQuotas((NextToken) =>
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
          addQuota({ service, name }, { value, isDefault, code });
  }
  return ({ service, name }) => found.get(`${service} ${name}`);
}

async function listAllQuotas(
  page: (token: string | undefined) => Promise<QuotaPage>,
): Promise<readonly ServiceQuota[]> {
  const items: ServiceQuota[] = [];
  let token: string | undefined;
  do {
    const { Quotas = [], NextToken }: QuotaPage = await page(token);
    items.push(...Quotas);
    token = NextToken;
  } while (token !== undefined);
  return items;
}

/**
 * Advice for errors that the operator can fix, by the name of the SDK's error or the code of the
 * connection's error.
 */
const KNOWN_ERRORS: Readonly<Record<string, (message: string, region: string) => string>> = {
  CredentialsProviderError: () =>
    'There are no AWS credentials. Set AWS_PROFILE, as for the AWS CLI.',
  AccessDeniedException: (message) =>
    `The credentials lack a permission: ${message} Allow lambda:GetAccountSettings, servicequotas:ListServiceQuotas and servicequotas:ListAWSDefaultServiceQuotas.`,
  UnrecognizedClientException: (_message, region) =>
    `AWS does not accept the credentials in ${region}: they are wrong or expired, or the account has not enabled that region.`,
  ExpiredTokenException: () => 'The credentials have expired: sign in again.',
  ENOTFOUND: (_message, region) =>
    `There is no region ${region}, or no network. Name one with --region, for example eu-west-1.`,
};

/**
 * Converts an error that the operator can fix to a UserError with advice. Returns any other error
 * as it is.
 */
export function explainQuotaError(error: unknown, region: string): unknown {
  if (!(error instanceof Error)) return error;
  const code = 'code' in error ? String(error.code) : '';
  const explain = KNOWN_ERRORS[error.name] ?? KNOWN_ERRORS[code];
  return explain === undefined ? error : new UserError(explain(error.message, region));
}
