import { defineCatalogue } from './define-catalogue';
import { OrderPlaced } from './events/order-placed.event';

/** Every event, under the service that sends it. A new event is one more line here. */
export const catalogue = defineCatalogue({
  order: [OrderPlaced],
  payment: [],
  warehouse: [],
});
