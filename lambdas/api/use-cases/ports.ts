/** Settings that the API stage holds for single routes. */
export interface RouteSettings {
  /** Returns the keys of routes with settings, also of deleted routes. Empty without a stage. */
  listRouteKeys(): Promise<readonly string[]>;
  /** Deletes the settings of one route. Does nothing if it has none. */
  deleteSettings(routeKey: string): Promise<void>;
}
