/** Money in a bigint column, which pg reads as text. The amounts we allow are far below 2^53. */
export const minorUnits = { from: Number, to: (amount: number) => amount };
