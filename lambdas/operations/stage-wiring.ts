import { ApiGatewayV2Client } from '@aws-sdk/client-apigatewayv2';
import { requireVariable } from '../shared/core/environment.ts';
import { ApiGatewayStage } from './adapters/api-gateway-stage.ts';

const { env } = process;
/** The control plane allows few requests a second for the whole account, and a deployment sends many. */
const ATTEMPTS_MAX = 10;

/** Apart from the rest, so that the other bundles do not have this client. */
export const routeSettings = () =>
  new ApiGatewayStage(
    new ApiGatewayV2Client({ maxAttempts: ATTEMPTS_MAX }),
    requireVariable(env, 'API_ID'),
    requireVariable(env, 'STAGE_NAME'),
  );
