import { ApiGatewayV2Client } from '@aws-sdk/client-apigatewayv2';
import { requireVariable } from '../shared/core/environment.ts';
import { ApiGatewayStage } from './adapters/api-gateway-stage.ts';

const { env } = process;
/** The control plane has a low rate limit for the account, and a deployment sends many requests. */
const ATTEMPTS_MAX = 10;

/** Settings of the deployed API stage. Only the bundle of the pruner holds this SDK client. */
export const routeSettings = () =>
  new ApiGatewayStage(
    new ApiGatewayV2Client({ maxAttempts: ATTEMPTS_MAX }),
    requireVariable(env, 'API_ID'),
    requireVariable(env, 'STAGE_NAME'),
  );
