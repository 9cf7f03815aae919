import { Aws, CustomResource, Duration, type Stack } from 'aws-cdk-lib';
import type { RouteSettingsProperties } from '../../../lambdas/contracts/custom-resources.ts';
import { ContextFunctions, type ContextFunctionsProps } from '../compute/context-functions.ts';
import { API_STAGE_NAME } from './http-api.ts';

/**
 * Timeout of the custom resource. Without it, CloudFormation waits for an hour if the function
 * cannot start. The retries of an asynchronous invocation take three minutes.
 */
const RESPONSE_TIMEOUT = Duration.minutes(5);

/**
 * Returns a custom resource that deletes the settings of removed routes from the API stage. The
 * stage must depend on it, because an update of a stage with settings of unknown routes fails. Call
 * this after all routes are created. lambdas/api/use-cases/prune-route-settings.ts
 */
export function createRouteSettingsPruner(
  stack: Stack,
  props: Pick<ContextFunctionsProps, 'config' | 'bundles' | 'shared'>,
): CustomResource {
  const { api } = props.shared;
  const { apiId } = api.api;
  const functions = new ContextFunctions(stack, {
    ...props,
    context: 'api',
    environment: { API_ID: apiId, STAGE_NAME: API_STAGE_NAME },
  });
  const pruner = functions.function('prune-route-settings');
  const stage = `arn:${Aws.PARTITION}:apigateway:${Aws.REGION}::/apis/${apiId}/stages/${API_STAGE_NAME}`;
  // https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonapigatewaymanagementv2.html
  pruner.allow(stage, 'apigateway:GET').allow(`${stage}/routesettings/*`, 'apigateway:DELETE');
  const resource = new CustomResource(stack, 'RouteSettings', {
    resourceType: 'Custom::RouteSettings',
    serviceToken: pruner.liveAlias.functionArn,
    serviceTimeout: RESPONSE_TIMEOUT,
    properties: {
      Routes: api.routes.map(({ routeKey }) => routeKey).sort(),
    } satisfies RouteSettingsProperties,
  });
  // The permissions of the function are separate resources.
  resource.node.addDependency(pruner);
  return resource;
}
