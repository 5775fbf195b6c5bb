/** What payment said of the money: set aside, or not to be had. */
export const paymentAnswers = ['authorized', 'declined'] as const;

/** What the warehouse said of the goods: set aside, all of them, or none. */
export const stockAnswers = ['reserved', 'rejected'] as const;

/** What became of the money that was set aside, once the order was confirmed. */
export const captureAnswers = ['captured', 'failed'] as const;

export type PaymentAnswer = (typeof paymentAnswers)[number];
export type StockAnswer = (typeof stockAnswers)[number];
export type CaptureAnswer = (typeof captureAnswers)[number];
