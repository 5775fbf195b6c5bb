import { Inject, Module, type OnApplicationShutdown } from '@nestjs/common';
import { Environment } from '@waybill/service';
import { DataSource } from 'typeorm';
import { PaymentGateway } from '../domain/payment-gateway';
import type { PaymentEnvironment } from '../environment';
import { openBooks, SandboxBooks } from './sandbox-books';
import { SandboxGateway } from './sandbox-gateway';
import { SandboxGatewayController } from './sandbox-gateway.controller';

@Module({
  controllers: [SandboxGatewayController],
  providers: [
    { provide: PaymentGateway, useClass: SandboxGateway },
    {
      provide: SandboxBooks,
      inject: [Environment, DataSource],
      useFactory: ({ SANDBOX_GATEWAY_DATABASE_URL: url }: PaymentEnvironment, own: DataSource) =>
        url === undefined ? own : openBooks(url),
    },
  ],
  exports: [PaymentGateway],
})
export class SandboxGatewayModule implements OnApplicationShutdown {
  constructor(
    @Inject(SandboxBooks) private readonly books: DataSource,
    private readonly own: DataSource,
  ) {}

  async onApplicationShutdown(): Promise<void> {
    if (this.books !== this.own) await this.books.destroy();
  }
}
