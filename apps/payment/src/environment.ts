import { serviceEnvironment } from '@waybill/service';

export const paymentEnvironment = serviceEnvironment('payment', 3001);
