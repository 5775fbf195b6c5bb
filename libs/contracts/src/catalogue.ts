import { defineCatalogue } from './define-catalogue';
import { OrderCancelled } from './events/order-cancelled.event';
import { OrderConfirmed } from './events/order-confirmed.event';
import { OrderPlaced } from './events/order-placed.event';
import { PaymentAuthorized } from './events/payment-authorized.event';
import { PaymentCaptureFailed } from './events/payment-capture-failed.event';
import { PaymentCaptured } from './events/payment-captured.event';
import { PaymentDeclined } from './events/payment-declined.event';
import { ShipmentDispatched } from './events/shipment-dispatched.event';
import { StockRejected } from './events/stock-rejected.event';
import { StockReserved } from './events/stock-reserved.event';

/** Every event, under the service that sends it. A new event is one more line here. */
export const catalogue = defineCatalogue({
  order: [OrderPlaced, OrderConfirmed, OrderCancelled],
  payment: [PaymentAuthorized, PaymentDeclined, PaymentCaptured, PaymentCaptureFailed],
  warehouse: [StockReserved, StockRejected, ShipmentDispatched],
});
