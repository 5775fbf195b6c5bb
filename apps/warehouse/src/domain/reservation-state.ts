/**
 * The states of a reservation, which all lines of an order share.
 * - `reserved`: the goods are set aside for the order. Nothing moves it on yet.
 * - `rejected`: there was not enough of at least one of the goods, so none were set aside. Final.
 */
export const reservationStates = ['reserved', 'rejected'] as const;

export type ReservationState = (typeof reservationStates)[number];

/** What an order needs of one of the goods. */
export interface Need {
  readonly sku: string;
  readonly quantity: number;
}

/** An order gets all that it needs, or nothing. Goods that the warehouse does not keep count as not there. */
export function decideReservation(needs: readonly Need[], available: ReadonlyMap<string, number>): ReservationState {
  return needs.every(({ sku, quantity }) => quantity <= (available.get(sku) ?? 0)) ? 'reserved' : 'rejected';
}
