import { serviceEnvironment } from '@waybill/service';

export const warehouseEnvironment = serviceEnvironment('warehouse', 3002);
