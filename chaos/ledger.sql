-- What the suite itself keeps in the database of a scenario, beside the services' schemas: made before the load begins.
create schema chaos;

-- What customers were told.
create table chaos.answered (key text not null, id uuid not null, primary key (key, id));

-- How many dead letters, unreadable messages and parked messages the scenario has asked for.
create table chaos.expected (dead int not null, unreadable int not null, parked int not null);

-- Every change of a state, as it was committed.
create table chaos.transition (
  at timestamptz not null default clock_timestamp(),
  relation text not null, id text not null, was text not null, became text not null, attempts_were int, attempts_became int);

create function chaos.note_transition() returns trigger language plpgsql security definer as $$
begin
  insert into chaos.transition (relation, id, was, became, attempts_were, attempts_became)
  select tg_table_schema || '.' || tg_table_name,
    coalesce(o ->> 'id', (o ->> 'message_id') || ' ' || (o ->> 'consumer')),
    coalesce(o ->> 'state', o ->> 'status'),
    case tg_op when 'DELETE' then 'deleted' else coalesce(n ->> 'state', n ->> 'status') end,
    coalesce(o ->> 'attempts', o ->> 'attempts_started', o ->> 'attempt')::int,
    coalesce(n ->> 'attempts', n ->> 'attempts_started', n ->> 'attempt')::int
  from (select to_jsonb(old) as o, case tg_op when 'DELETE' then null else to_jsonb(new) end as n) as rows;
  return null;
end $$;
