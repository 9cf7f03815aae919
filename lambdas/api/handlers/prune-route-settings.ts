import { RouteSettingsProperties } from '../../contracts/custom-resources.ts';
import { customResourceHandler } from '../../shared/events/custom-resource-handler.ts';
import { routeSettings } from '../stage-wiring.ts';
import { pruneRouteSettings } from '../use-cases/prune-route-settings.ts';

const settings = routeSettings();

export const handler = customResourceHandler({
  properties: RouteSettingsProperties,
  apply: async ({ Routes }) => ({ pruned: await pruneRouteSettings(settings, Routes) }),
});
