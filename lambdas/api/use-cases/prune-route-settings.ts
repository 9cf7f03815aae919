import type { RouteSettings } from './ports.ts';

/**
 * Deletes the settings of routes that no longer exist and returns the keys of those routes.
 *
 * API Gateway keeps the settings of a deleted route. It then rejects every update of the stage with
 * "Unable to find Route by key … within the provided RouteSettings". Only DeleteRouteSettings
 * removes them.
 * https://github.com/aws/serverless-application-model/issues/1939
 * https://github.com/serverless/serverless/pull/8590
 */
export async function pruneRouteSettings(
  settings: RouteSettings,
  routes: readonly string[],
): Promise<readonly string[]> {
  const orphans = (await settings.listRouteKeys()).filter((routeKey) => !routes.includes(routeKey));
  for (const routeKey of orphans) await settings.deleteSettings(routeKey);
  return orphans;
}
