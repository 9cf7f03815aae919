import { Aws, CustomResource, Duration, type Stack } from 'aws-cdk-lib';
import type { RouteSettingsProperties } from '../../../lambdas/contracts/custom-resources.ts';
import { ContextFunctions, type ContextFunctionsProps } from '../compute/context-functions.ts';
import { API_STAGE_NAME } from './http-api.ts';

/**
 * Without it, CloudFormation waits for an hour where the function cannot start. The retries of an
 * asynchronous invocation take three minutes.
 */
const RESPONSE_TIMEOUT = Duration.minutes(5);

/**
 * Makes the removal of a route safe: returns a custom resource that deletes the settings of routes
 * that no longer exist from the API's stage. The stage must depend on it, because an update of a
 * stage that has such settings fails. To be called when all routes are there.
 * lambdas/api/use-cases/prune-route-settings.ts
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
  // The rights of the function are resources of their own.
  resource.node.addDependency(pruner);
  return resource;
}
