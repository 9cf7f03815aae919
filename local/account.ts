/** Account of all local ARNs. The SQS emulator writes the same account into its own. */
export const ACCOUNT_ID = '000000000000';

/**
 * Credentials of the developer: allowed on every service route, and accepted by DynamoDB and all
 * other local endpoints.
 */
export const DEVELOPER_CREDENTIALS = { accessKeyId: 'local', secretAccessKey: 'local' } as const;

export const HOST = '127.0.0.1';

export const region = (): string => process.env.AWS_REGION ?? 'us-east-1';

export const arnOf = (service: string, resource: string): string =>
  `arn:aws:${service}:${region()}:${ACCOUNT_ID}:${resource}`;
