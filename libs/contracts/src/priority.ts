/** Lowest first: the position is the priority on the wire, in the outbox and in the retry schedule. */
export const priorities = ['bulk', 'low', 'normal', 'high', 'urgent'] as const;

export type Priority = (typeof priorities)[number];

/** The number that RabbitMQ and Postgres order by, 0 to 4. */
export function priorityLevel(priority: Priority): number {
  return priorities.indexOf(priority);
}

/** The name of a level; a level that is not one of ours counts as `normal`, as does a missing one. */
export function priorityName(level: number | undefined): Priority {
  return priorities[level ?? -1] ?? 'normal';
}
