/**
 * The states of a reservation: what became of an order's goods.
 * - `reserved`: all goods of the order are set aside. A confirmed order moves it to `dispatched`, a cancelled one to `released`.
 * - `rejected`: there was not enough of at least one of the goods, so none were set aside. Final.
 * - `released`: the order was cancelled, and nothing is set aside for it. Final. Also the tombstone of a cancel that overtook its order:
 *   that one has no lines, and was never decided on.
 * - `dispatched`: the goods have left the warehouse. Final.
 */
export const reservationStates = ['reserved', 'rejected', 'released', 'dispatched'] as const;

export type ReservationState = (typeof reservationStates)[number];

/** `refuse`: the order service says what cannot be true of this order, so a person has to look. */
export type ReservationStep<Change extends string> = Change | 'nothing' | 'refuse';

/** What a confirmed order asks for, by the state of its reservation. */
export const whenConfirmed: Readonly<Record<ReservationState, ReservationStep<'dispatch'>>> = {
  reserved: 'dispatch',
  rejected: 'refuse',
  released: 'refuse',
  dispatched: 'nothing',
};

/** What a cancelled order asks for, by the state of its reservation. */
export const whenCancelled: Readonly<Record<ReservationState, ReservationStep<'release'>>> = {
  reserved: 'release',
  rejected: 'nothing',
  released: 'nothing',
  dispatched: 'refuse',
};

/** What an order needs of one of the goods. */
export interface Need {
  readonly sku: string;
  readonly quantity: number;
}

/** The skus of which there is not enough. Goods that the warehouse does not keep count as not there. */
export function missingSkus(needs: readonly Need[], available: ReadonlyMap<string, number>): string[] {
  return needs.filter(({ sku, quantity }) => quantity > (available.get(sku) ?? 0)).map(({ sku }) => sku);
}
