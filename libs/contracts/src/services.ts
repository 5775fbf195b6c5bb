/** Every service that sends or receives messages. A new service is one more name here. */
export const services = ['order', 'payment', 'warehouse'] as const;

export type ServiceName = (typeof services)[number];
