/** The account of all ARNs here. It is the one that the SQS emulator writes into its own. */
export const ACCOUNT_ID = '000000000000';

/** A developer at this machine: every service route is allowed. Also what DynamoDB and the other endpoints take. */
export const DEVELOPER_CREDENTIALS = { accessKeyId: 'local', secretAccessKey: 'local' } as const;

export const HOST = '127.0.0.1';

export const region = (): string => process.env.AWS_REGION ?? 'us-east-1';

export const arnOf = (service: string, resource: string): string =>
  `arn:aws:${service}:${region()}:${ACCOUNT_ID}:${resource}`;
