import { Module } from '@nestjs/common';
import { PaymentGateway } from '../domain/payment-gateway';
import { SandboxGateway } from './sandbox-gateway';
import { SandboxGatewayController } from './sandbox-gateway.controller';

@Module({
  controllers: [SandboxGatewayController],
  providers: [{ provide: PaymentGateway, useClass: SandboxGateway }],
  exports: [PaymentGateway],
})
export class SandboxGatewayModule {}
