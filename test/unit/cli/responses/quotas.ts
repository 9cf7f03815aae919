/**
 * Responses in the documented form, with the documented defaults of us-east-1. They were not
 * recorded in an account.
 * https://docs.aws.amazon.com/lambda/latest/api/API_GetAccountSettings.html
 * https://docs.aws.amazon.com/servicequotas/2019-06-24/apireference/API_ListServiceQuotas.html
 * https://docs.aws.amazon.com/servicequotas/2019-06-24/apireference/API_ListAWSDefaultServiceQuotas.html
 */
export const ACCOUNT_SETTINGS = {
  AccountLimit: {
    CodeSizeUnzipped: 262_144_000,
    CodeSizeZipped: 52_428_800,
    ConcurrentExecutions: 1_000,
    TotalCodeSize: 80_530_636_800,
    UnreservedConcurrentExecutions: 900,
  },
  AccountUsage: { FunctionCount: 4, TotalCodeSize: 9_426 },
};

const quota = (ServiceCode: string, QuotaCode: string, QuotaName: string, Value: number) => ({
  Adjustable: true,
  GlobalQuota: false,
  QuotaAppliedAtLevel: 'ACCOUNT',
  QuotaArn: `arn:aws:servicequotas:us-east-1:111122223333:${ServiceCode}/${QuotaCode}`,
  QuotaCode,
  QuotaName,
  ServiceCode,
  ServiceName: ServiceCode,
  Unit: 'None',
  Value,
});

/** Pages of default quotas, by service. */
export const DEFAULTS: Readonly<Record<string, readonly (readonly object[])[]>> = {
  apigateway: [[quota('apigateway', 'L-8A5B8E43', 'Throttle rate', 10_000)]],
  dynamodb: [
    [quota('dynamodb', 'L-F98FE922', 'Maximum number of tables', 2_500)],
    [
      quota('dynamodb', 'L-CF0CBE56', 'Table-level read throughput limit', 40_000),
      quota('dynamodb', 'L-AB614373', 'Table-level write throughput limit', 40_000),
    ],
  ],
  events: [
    [
      quota('events', 'L-9B653E91', 'PutEvents throttle limit in transactions per second', 10_000),
      quota(
        'events',
        'L-5540C5E3',
        'Invocations throttle limit in transactions per second',
        18_750,
      ),
    ],
  ],
  states: [[quota('states', 'L-1', 'StartExecution throttle token refill rate per second', 300)]],
};

/** Pages of quotas that the account has itself, by service. */
export const APPLIED: Readonly<Record<string, readonly (readonly object[])[]>> = {
  apigateway: [[quota('apigateway', 'L-8A5B8E43', 'Throttle rate', 20_000)]],
};

/** https://docs.aws.amazon.com/servicequotas/2019-06-24/apireference/CommonErrors.html */
export const DENIED = {
  __type: 'AccessDeniedException',
  Message:
    'User: arn:aws:iam::111122223333:user/dev is not authorized to perform: servicequotas:ListAWSDefaultServiceQuotas',
};
