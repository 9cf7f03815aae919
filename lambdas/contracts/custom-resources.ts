import * as z from 'zod/mini';

/** Properties of the custom resource `Custom::RouteSettings`: the keys of all routes of the API. */
export const RouteSettingsProperties = z.object({ Routes: z.array(z.string()) });
export type RouteSettingsProperties = z.infer<typeof RouteSettingsProperties>;
