import { connectMessaging } from '@waybill/messaging';
import { bootstrap } from '@waybill/service';
import { paymentEnvironment } from './environment';
import { PaymentModule } from './payment.module';

void bootstrap(PaymentModule, { service: 'payment', environment: paymentEnvironment, connect: connectMessaging });
