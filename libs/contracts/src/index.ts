export { catalogue } from './catalogue';
export { type Catalogue, type CatalogueEntry, defineCatalogue } from './define-catalogue';
export { defineEvent, type EventContract, type EventData } from './define-event';
export { OrderPlaced } from './events/order-placed.event';
export { type Priority, priorities, priorityLevel, priorityName } from './priority';
export { type ServiceName, services } from './services';
