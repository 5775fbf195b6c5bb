-- What must be true when nothing moves any more. Each query finds what breaks it: a row is a breach, its text says which. The comment above a
-- query names the invariant, how a breach counts (lost, doubled, stuck or illegal), and what must be true.
-- chaos.outbox, chaos.receipt, chaos.inbox and chaos.dead_letter are those of all services together, with the service's name.

-- I2 stuck: every message that was recorded is confirmed by the broker, or parked with its reason
select format('%s %s is %s, last outcome %s', type, id, state, last_outcome) from chaos.outbox
where state = 'pending' or (state = 'parked' and coalesce(last_error, '') = '');

-- I2 lost: nothing that is kept is taken back
select format('%s of %s was deleted', id, relation) from chaos.transition where became = 'deleted';

-- I3 lost: every message that is confirmed has an inbox row at every consumer that it names
select format('%s %s never came to %s', m.type, m.id, named.consumer)
from chaos.outbox m cross join lateral unnest(m.consumers) as named (consumer)
left join chaos.inbox i on i.message_id = m.id and i.service = named.consumer
where m.state = 'confirmed' and i.message_id is null;

-- I3 stuck: and it is processed there, or dead
select format('%s %s is %s at %s: %s', type, message_id, state, service, error) from chaos.inbox where state = 'retrying';

-- I3 doubled: no message was processed twice
select format('%s of %s was processed %s times', id, relation, count(*)) from chaos.transition
where relation like '%.inbox_message' and became = 'processed' group by relation, id having count(*) > 1;

-- I7 illegal: the producer's receipt says "processed" only of what is processed
select format('the receipt of %s says processed by %s, which has it as %s', r.message_id, r.consumer, i.state)
from chaos.receipt r left join chaos.inbox i on i.message_id = r.message_id and i.service = r.consumer
where r.state = 'processed' and i.state is distinct from 'processed';

-- I7 stuck: what a consumer has finished, its producer knows
select format('%s knows of %s at %s: %s, which is %s', i.producer, i.message_id, i.service, coalesce(r.state, 'nothing'), i.state)
from chaos.inbox i left join chaos.receipt r on r.message_id = i.message_id and r.consumer = i.service
where i.state <> 'retrying' and r.state is distinct from i.state
and exists (select from chaos.outbox m where m.id = i.message_id);

-- I7 illegal: "confirmed" and "processed" are final, and attempts never go back, but for one that is given back: the database was to blame for it
select format('%s of %s went from %s (attempt %s) to %s (attempt %s)', id, relation, was, attempts_were, became, attempts_became)
from chaos.transition
where (was in ('confirmed', 'processed') and became <> was and relation ~ '\.(outbox_message|message_receipt|inbox_message)$')
or (attempts_became < attempts_were
  and not (relation like '%.inbox_message' and was = 'retrying' and became = 'retrying' and attempts_became = attempts_were - 1));

-- I7 illegal: nothing is leased, and no receipt is owed
select format('%s %s of %s is still leased', type, id, service) from chaos.outbox where lease_until is not null
union all
select format('%s owes a receipt of %s', service, message_id) from chaos.inbox where receipt_sent_seq < receipt_seq;

-- I9 illegal: dead letters, unreadable and parked messages are as many as were asked for
select format('%s are %s instead of %s%s', what, found, wanted, ', for example ' || example) from (
  select 'dead letters' as what, count(*) as found, (select dead from chaos.expected) as wanted,
    min(format('%s %s at %s: %s', type, message_id, service, error)) as example from chaos.inbox where state = 'dead'
  union all select 'unreadable messages', count(*), (select unreadable from chaos.expected),
    min(format('%s at %s: %s', id, service, reason)) from chaos.dead_letter where replayed_at is null
  union all select 'parked messages', count(*), (select parked from chaos.expected),
    min(format('%s %s of %s: %s', type, id, service, last_error)) from chaos.outbox where state = 'parked'
) as counts where found <> wanted;

-- From here on: the sample domain.

-- I1 lost: every order that a customer was told of is there
select format('order %s of %s is not there', a.id, a.key) from chaos.answered a
where not exists (select from order_service."order" o where o.id = a.id and o.customer_id = a.key);

-- I1 doubled: a customer, and so a key, has one order
select format('%s has %s orders', customer_id, count(*)) from order_service."order" group by customer_id having count(*) > 1;

-- I1 lost: every order was told of
select format('order %s has no message', id) from order_service."order" o
where not exists (select from order_service.outbox_message m where m.type = 'order.placed' and m.correlation_id = o.id::text);

-- I3 doubled: each event about an order was recorded once
select format('%s has %s times %s', correlation_id, count(*), type) from chaos.outbox group by correlation_id, type having count(*) > 1;

-- I4 doubled: by the gateway's own books an order is authorised at most once, and captured at most once
select format('order %s was %sd %s times', order_id, operation, count(*)) from chaos.gateway_entry
where outcome = 'approved' group by order_id, operation having count(*) > 1;

-- I4 illegal: whatever is charged or given back is the order's total
select format('order %s of %s: %s of %s', o.id, o.total, g.operation, g.amount)
from chaos.gateway_entry g join order_service."order" o on o.id = g.order_id where g.amount <> o.total;

-- I4 lost: a completed order is paid, a cancelled one is not and nothing is held for it, and what failed is held until a person has looked
select format('order %s is %s, captured %s, held %s', o.id, o.status, o.captured, o.held) from (
  select o.id, o.status, o.capture, o.total,
    coalesce(sum(g.amount) filter (where g.operation = 'capture'), 0) as captured,
    coalesce(sum(case g.operation when 'authorize' then g.amount else -g.amount end), 0) as held
  from order_service."order" o left join chaos.gateway_entry g on g.order_id = o.id and g.outcome = 'approved'
  group by o.id) as o
where captured <> case status when 'completed' then total else 0 end
or held <> case when status = 'confirmed' and capture = 'failed' then total else 0 end;

-- I4 lost: no charge for an order that nobody placed
select format('%s %s of %s is for no order', operation, amount, order_id) from chaos.gateway_entry
where outcome = 'approved' and order_id not in (select id from order_service."order");

-- I5 lost: goods are on hand, set aside or gone with the orders that were fulfilled, and no fewer than none
select format('%s: %s on hand, %s reserved of %s asked, %s before, %s gone', s.sku, s.on_hand, s.reserved, moved.reserved, b.on_hand, moved.gone)
from warehouse_service.stock s join chaos.stock_before b using (sku) left join (
  select sku, coalesce(sum(quantity) filter (where state = 'dispatched'), 0) as gone,
    coalesce(sum(quantity) filter (where state = 'reserved'), 0) as reserved
  from warehouse_service.reservation_line join warehouse_service.reservation using (order_id) group by sku) as moved using (sku)
where s.on_hand < 0 or s.reserved < 0 or s.on_hand <> b.on_hand - coalesce(moved.gone, 0) or s.reserved <> coalesce(moved.reserved, 0);

-- I5 illegal: goods go out for orders that were confirmed, and for all of them
select format('order %s is %s, its goods are %s', o.id, o.status, coalesce(r.state, 'unknown'))
from order_service."order" o left join warehouse_service.reservation r on r.order_id = o.id
where (o.status in ('confirmed', 'completed')) <> (coalesce(r.state, '') = 'dispatched') or r.state = 'reserved';

-- I6 stuck: every order has ended, or says what a person must look at
select format('order %s is %s since %s', id, status, placed_at) from order_service."order"
where status = 'placed' or (status = 'confirmed' and capture is distinct from 'failed');

-- I8 illegal: no order goes back, and none ends twice
select format('order %s went from %s to %s', id, was, became) from chaos.transition
where relation = 'order_service.order' and (was, became) not in (('placed', 'confirmed'), ('placed', 'cancelled'), ('confirmed', 'completed'));
