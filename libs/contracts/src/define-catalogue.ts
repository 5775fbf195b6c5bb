import type { EventContract } from './define-event';
import type { ServiceName } from './services';

/** An event together with the service that alone may send it. */
export interface CatalogueEntry {
  readonly producer: ServiceName;
  readonly event: EventContract;
}

/** Every event there is, by type. Topology, the sender check and the start-up checks are derived from it. */
export interface Catalogue {
  readonly entries: readonly CatalogueEntry[];
  find(type: string): CatalogueEntry | undefined;
  producedBy(service: ServiceName): readonly CatalogueEntry[];
  consumedBy(service: ServiceName): readonly CatalogueEntry[];
}

/**
 * Builds the catalogue from the events that each service produces.
 * @throws Error when a type is listed twice.
 */
export function defineCatalogue(events: Partial<Record<ServiceName, readonly EventContract[]>>): Catalogue {
  const byType = new Map<string, CatalogueEntry>();
  for (const [producer, produced] of Object.entries(events) as [ServiceName, readonly EventContract[]][]) {
    for (const event of produced) {
      if (byType.has(event.type)) throw new Error(`Event ${event.type} is listed twice in the catalogue`);
      byType.set(event.type, { producer, event });
    }
  }
  const entries = [...byType.values()];
  return {
    entries,
    find: (type) => byType.get(type),
    producedBy: (service) => entries.filter((entry) => entry.producer === service),
    consumedBy: (service) => entries.filter((entry) => entry.event.consumers.includes(service)),
  };
}
