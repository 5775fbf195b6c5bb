import { Column, Entity, PrimaryColumn } from 'typeorm';
import { minorUnits } from './minor-units';

/** A line of the price list. */
@Entity('product')
export class Product {
  @PrimaryColumn('text')
  sku!: string;

  @Column('text')
  name!: string;

  @Column('bigint', { name: 'unit_price', transformer: minorUnits })
  unitPrice!: number;
}
