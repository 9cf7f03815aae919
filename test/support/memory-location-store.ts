import type { Location } from '../../lambdas/inventory/domain/locations/location.ts';
import type { LocationStore } from '../../lambdas/inventory/use-cases/ports.ts';
import type { Page, PageRequest } from '../../lambdas/shared/core/page.ts';

/** Keeps locations in memory, for tests of use cases. */
export class MemoryLocationStore implements LocationStore {
  readonly locations: Map<string, Location>;
  /** Runs once before the next write, as another request would. */
  beforeReplace: (() => unknown) | undefined;

  constructor(locations: readonly Location[]) {
    this.locations = new Map(locations.map((location) => [location.locationId, location]));
  }

  async find(locationId: string): Promise<Location | undefined> {
    return this.locations.get(locationId);
  }

  async list({ limit }: PageRequest): Promise<Page<Location>> {
    return { items: [...this.locations.values()].slice(0, limit) };
  }

  async replace(after: Location): Promise<boolean> {
    this.beforeReplace?.();
    this.beforeReplace = undefined;
    const stored = this.locations.get(after.locationId)?.version ?? 0;
    if (stored !== after.version - 1) return false;
    this.locations.set(after.locationId, after);
    return true;
  }
}
