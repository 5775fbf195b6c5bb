/** Makes `bench.uuid_v7(at, seed)`: an id as the services make them, of the time and of what tells it from others of that millisecond. */
export const createUuidV7 = `
  create schema if not exists bench;
  create or replace function bench.uuid_v7(at timestamptz, seed text) returns uuid language sql stable
    return overlay(overlay(overlay(md5(seed)
      placing lpad(to_hex((extract(epoch from at) * 1000)::bigint), 12, '0') from 1) placing '7' from 13) placing '8' from 17)::uuid;`;
