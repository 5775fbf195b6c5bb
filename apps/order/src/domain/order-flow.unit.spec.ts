import { cancelReasons } from '@waybill/contracts';
import { advance, type CancelReason, type Happening, type OrderFlow } from './order-flow';

const placed: OrderFlow = {
  status: 'placed',
  total: 3800,
  currency: 'EUR',
  payment: null,
  stock: null,
  capture: null,
  captureFailure: null,
  dispatched: false,
  cancelReason: null,
};

const happenings: Record<Happening['kind'], Happening> = {
  'payment-authorized': { kind: 'payment-authorized', amount: 3800, currency: 'EUR' },
  'payment-declined': { kind: 'payment-declined' },
  'stock-reserved': { kind: 'stock-reserved' },
  'stock-rejected': { kind: 'stock-rejected' },
  'payment-captured': { kind: 'payment-captured', amount: 3800, currency: 'EUR' },
  'payment-capture-failed': { kind: 'payment-capture-failed', reason: 'card closed' },
  'shipment-dispatched': { kind: 'shipment-dispatched' },
  'cancel-requested': { kind: 'cancel-requested' },
  'deadline-passed': { kind: 'deadline-passed' },
};

/**
 * Every state of an order by what can happen in it. A state is its status, then what is known: of a placed or cancelled one the answers
 * of payment (authorized, declined) and of stock (reserved, rejEcted), of a confirmed one capture (captured, failed) and dispatch.
 * `=` changes nothing, `!` is impossible, `no` is refused, anything else is the state that follows. The reason of a cancelled order is
 * left out: it is that of the happening which cancelled it, and makes no difference after.
 */
const table = `
                 authorized     declined       reserved       rejected       captured       capture-failed dispatched     cancel         deadline
placed.--        placed.a-      cancelled.d-   placed.-r      cancelled.-e   !              !              !              cancelled.--   cancelled.--
placed.a-        =              !              confirmed.--   cancelled.ae   !              !              !              cancelled.a-   cancelled.a-
placed.-r        confirmed.--   cancelled.dr   =              !              !              !              !              cancelled.-r   cancelled.-r
confirmed.--     =              !              =              !              confirmed.c-   confirmed.f-   confirmed.-d   no             =
confirmed.c-     =              !              =              !              =              !              completed.cd   no             =
confirmed.f-     =              !              =              !              !              =              confirmed.fd   no             =
confirmed.-d     =              !              =              !              completed.cd   confirmed.fd   =              no             =
confirmed.fd     =              !              =              !              !              =              =              no             =
completed.cd     =              !              =              !              =              !              =              no             =
cancelled.--     cancelled.a-   cancelled.d-   cancelled.-r   cancelled.-e   !              !              !              =              =
cancelled.a-     =              !              cancelled.ar   cancelled.ae   !              !              !              =              =
cancelled.d-     !              =              cancelled.dr   cancelled.de   !              !              !              =              =
cancelled.-r     cancelled.ar   cancelled.dr   =              !              !              !              !              =              =
cancelled.-e     cancelled.ae   cancelled.de   !              =              !              !              !              =              =
cancelled.ar     =              !              =              !              !              !              !              =              =
cancelled.ae     =              !              !              =              !              !              !              =              =
cancelled.dr     !              =              =              !              !              !              !              =              =
cancelled.de     !              =              !              =              !              !              !              =              =
`;

const [, ...rows] = table.trim().split('\n');
const cells = rows.flatMap((row) => {
  const [state = '', ...expected] = row.trim().split(/\s+/);
  const kinds = Object.keys(happenings) as Happening['kind'][];
  return kinds.map((kind, column) => ({ state, kind, expected: expected[column] ?? 'missing' }));
});

const reasons: Partial<Record<Happening['kind'], CancelReason>> = {
  'payment-declined': 'payment-declined',
  'stock-rejected': 'out-of-stock',
  'cancel-requested': 'customer',
  'deadline-passed': 'deadline',
};

test.each(cells)('$state, $kind: $expected', ({ state, kind, expected }) => {
  for (const before of ordersIn(state)) {
    const seen = advance(before, happenings[kind]);

    if (expected === '=') expect(seen).toEqual({ outcome: 'unchanged' });
    else if (expected === 'no') expect(seen).toEqual({ outcome: 'refused' });
    else if (expected === '!') expect(seen).toEqual({ outcome: 'impossible', reason: expect.any(String) });
    else {
      const after = ordersIn(expected, before.cancelReason ?? reasons[kind])[0];
      const entered = before.status === after?.status ? undefined : after?.status;
      const facts = { confirmed: { kind: 'confirmed' }, cancelled: { kind: 'cancelled', reason: reasons[kind] } };
      const fact = entered === 'confirmed' || entered === 'cancelled' ? facts[entered] : null;
      expect(seen).toEqual({ outcome: 'changed', order: after, fact });
    }
  }
});

test('the table has every state that an order can come to, and no other', () => {
  const found = new Map([['placed.--', placed]]);
  for (const order of found.values()) {
    for (const happening of Object.values(happenings)) {
      const seen = advance(order, happening);
      if (seen.outcome === 'changed') found.set(nameOf(seen.order), seen.order);
    }
  }

  expect([...found.keys()].sort()).toEqual(rows.map((row) => row.split(' ', 1)[0]).sort());
  expect(cells).toHaveLength(rows.length * 9);
});

test.each(['payment-authorized', 'payment-captured'] as const)('%s of another amount is impossible', (kind) => {
  const order: OrderFlow = { ...placed, status: 'confirmed', payment: null, stock: 'reserved' };

  for (const paid of [
    { amount: 3799, currency: 'EUR' },
    { amount: 3801, currency: 'EUR' },
    { amount: 3800, currency: 'SEK' },
  ]) {
    const reason = expect.stringContaining(`${paid.amount} ${paid.currency} is not the order's total of 3800 EUR`);
    expect(advance(order, { kind, ...paid })).toEqual({ outcome: 'impossible', reason });
  }
});

test('what is impossible says why', () => {
  expect(advance(placed, { kind: 'shipment-dispatched' })).toMatchObject({
    reason: 'the order is placed and was never confirmed',
  });
  expect(advance({ ...placed, payment: 'authorized' }, { kind: 'payment-declined' })).toMatchObject({
    reason: 'the answer for payment was "authorized" before',
  });
});

/** The orders that a state of the table stands for: a cancelled one is there for each reason that its answers allow. */
function ordersIn(state: string, reason?: CancelReason): OrderFlow[] {
  const [status, [first, second] = ''] = state.split('.') as [OrderFlow['status'], string];
  if (status === 'placed' || status === 'cancelled') {
    const payment = first === 'a' ? 'authorized' : first === 'd' ? 'declined' : null;
    const stock = second === 'r' ? 'reserved' : second === 'e' ? 'rejected' : null;
    const order: OrderFlow = { ...placed, status, payment, stock };
    if (status === 'placed') return [order];
    const known = reason ? [reason] : cancelReasons.filter((one) => fits(one, order));
    return known.map((cancelReason) => ({ ...order, cancelReason }));
  }
  const capture = first === 'c' ? 'captured' : first === 'f' ? 'failed' : null;
  const captureFailure = capture === 'failed' ? 'card closed' : null;
  const dispatched = second === 'd';
  return [{ ...placed, status, payment: 'authorized', stock: 'reserved', capture, captureFailure, dispatched }];
}

function fits(reason: CancelReason, { payment, stock }: OrderFlow): boolean {
  if (reason === 'payment-declined') return payment === 'declined';
  return reason !== 'out-of-stock' || stock === 'rejected';
}

function nameOf({ status, payment, stock, capture, dispatched }: OrderFlow): string {
  if (status === 'placed' || status === 'cancelled') {
    return `${status}.${payment?.[0] ?? '-'}${stock === 'rejected' ? 'e' : (stock?.[0] ?? '-')}`;
  }
  return `${status}.${capture?.[0] ?? '-'}${dispatched ? 'd' : '-'}`;
}
