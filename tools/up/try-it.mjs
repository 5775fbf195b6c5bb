const ORDER = JSON.stringify({
  customerId: 'customer-7',
  priority: 'high',
  lines: [{ sku: 'mug', quantity: 2 }],
  payment: { token: 'tok_approved' },
});

/**
 * What the services of this domain are good for.
 * @param {string} order where the order service is
 * @returns {string[]}
 */
export const tryIt = (order) => [
  'Place an order:',
  `  curl -s -X POST ${order}/orders -H 'content-type: application/json' -d '${ORDER}'`,
  'See where it is, and who has signed for its messages (the id is in the answer):',
  '  npm run journey -- <id>',
  'A dozen orders of every kind:  npm run demo',
];
