import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import * as z from 'zod/mini';
import { LOCAL_DIRECTORY } from '../endpoints-file.ts';
import { AwsError, UserError } from '../errors.ts';
import type { AwsAction } from './aws-server.ts';

const GetSecretValue = z.object({ SecretId: z.string() });

/**
 * Creates Secrets Manager's actions for these secrets, by ARN.
 * https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_GetSecretValue.html
 */
export const secretsActions = (
  secrets: Readonly<Record<string, string>>,
): Readonly<Record<string, AwsAction>> => ({
  'secretsmanager.GetSecretValue': async (input) => {
    const { SecretId: arn } = GetSecretValue.parse(input);
    const secret = Object.hasOwn(secrets, arn) ? secrets[arn] : undefined;
    if (secret === undefined)
      throw new AwsError(
        'ResourceNotFoundException',
        `Secrets Manager can't find the secret ${arn}.`,
      );
    return { ARN: arn, SecretString: secret };
  },
});

const SECRETS_FILE = path.join(LOCAL_DIRECTORY, 'secrets.json');

/**
 * Reads the secrets in `.local/secrets.json`, by ARN. Returns none when the file does not exist.
 */
export function readSecrets(): Readonly<Record<string, string>> {
  if (!existsSync(SECRETS_FILE)) return {};
  try {
    return z.record(z.string(), z.string()).parse(JSON.parse(readFileSync(SECRETS_FILE, 'utf8')));
  } catch (error) {
    throw new UserError(`.local/secrets.json must be an object of texts by ARN: ${String(error)}`);
  }
}
