import { connectMessaging } from '@waybill/messaging';
import { bootstrap } from '@waybill/service';
import { orderEnvironment } from './environment';
import { OrderModule } from './order.module';

void bootstrap(OrderModule, { service: 'order', environment: orderEnvironment, connect: connectMessaging });
