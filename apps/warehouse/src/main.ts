import { connectMessaging } from '@waybill/messaging';
import { bootstrap } from '@waybill/service';
import { warehouseEnvironment } from './environment';
import { WarehouseModule } from './warehouse.module';

void bootstrap(WarehouseModule, { service: 'warehouse', environment: warehouseEnvironment, connect: connectMessaging });
