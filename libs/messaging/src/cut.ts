import type { QueryRunner } from 'typeorm';

/** Takes the connection from a transaction that must not commit any more: whatever runs on it fails. */
export async function cut(queryRunner: QueryRunner): Promise<void> {
  if (queryRunner.isReleased) return;
  const client = (await queryRunner.connect()) as { connection: { stream: { destroy(): void } } };
  client.connection.stream.destroy();
}
