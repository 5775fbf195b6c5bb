import { eventually, type System } from '@waybill/testing';
import type { Scenario } from '../scenario';

/** Dead letters that there are before the handler is mended. */
const enough = 3;

const alwaysFailing: Scenario = {
  name: 'always-failing',
  family: 'messages',
  does: 'the effect of every third message of one type cannot be written, until its attempts are used up; mended, and replayed by a person',
  isShort: true,
  env: { WAREHOUSE_MAX_ATTEMPTS: '5' },
  run: async ({ system, random, more, say }) => {
    const { warehouse } = system;
    const seen = await system.sql<{ type: string }>(
      'warehouse',
      'select distinct type from inbox_message order by type',
    );
    const { type } = random.pick(seen);
    const from = warehouse.position;
    await refuseEffects(system, type);
    say(`every third ${type} fails`);
    const dead = await eventually(
      `${enough} of them are dead letters`,
      async () => {
        const letters = await warehouse.get('/dead-letters?limit=500');
        if (letters.body.deadLetters.length < enough) throw new Error(`${letters.body.deadLetters.length} are`);
        return letters.body.deadLetters.length;
      },
      60_000,
    );
    const others = warehouse.steps({ step: 'processed', type }, from).length;
    if (others === 0) throw new Error(`no other ${type} was processed meanwhile`);
    await more(10);
    await mendEffects(system);
    say(`${dead} are dead letters, ${others} others of their type were processed meanwhile; mended`);
    await eventually(
      'none is retried any more',
      async () => {
        const retried = await system.sql(
          'warehouse',
          `select from inbox_message where state = 'retrying' and type = $1`,
          [type],
        );
        if (retried.length > 0) throw new Error(`${retried.length} are`);
      },
      60_000,
    );
    const { body } = await warehouse.get('/dead-letters?limit=500');
    for (const { id } of body.deadLetters) {
      const { status } = await warehouse.post(`/dead-letters/${id}/replay`, { by: 'the fault suite' });
      if (status !== 202) throw new Error(`the replay of ${id} was answered with ${status}`);
    }
    say(`${body.deadLetters.length} are replayed`);
  },
};

/** From now on the warehouse cannot write the effect of every third message of a type, by the message's id. */
export async function refuseEffects(system: System, type: string): Promise<void> {
  await system.sql(
    'warehouse',
    `create function chaos.refuse() returns trigger language plpgsql as $$ begin raise exception 'refused by the suite'; end $$;
     create trigger chaos_refusal before insert or update on inbox_message for each row
       when (new.state = 'processed' and new.type = '${type}' and hashtext(new.message_id::text) % 3 = 0) execute function chaos.refuse()`,
  );
}

export async function mendEffects(system: System): Promise<void> {
  await system.sql('warehouse', 'drop trigger chaos_refusal on inbox_message');
}

export const handlerScenarios: readonly Scenario[] = [alwaysFailing];
