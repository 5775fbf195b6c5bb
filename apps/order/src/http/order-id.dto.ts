import { createZodDto } from 'nestjs-zod';
import { z } from 'zod';

export class OrderIdDto extends createZodDto(z.strictObject({ id: z.uuid() })) {}
