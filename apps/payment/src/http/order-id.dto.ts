import { createZodDto } from 'nestjs-zod';
import { z } from 'zod';

export class OrderIdDto extends createZodDto(z.strictObject({ orderId: z.uuid() })) {}
