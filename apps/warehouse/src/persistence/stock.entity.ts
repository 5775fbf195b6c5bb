import { Column, Entity, PrimaryColumn } from 'typeorm';

@Entity('stock')
export class Stock {
  @PrimaryColumn('text')
  sku!: string;

  /** Pieces in the warehouse, those set aside included. */
  @Column('int', { name: 'on_hand' })
  onHand!: number;

  /** Pieces set aside for orders. Never more than there are, by CHECK. */
  @Column('int')
  reserved!: number;
}
