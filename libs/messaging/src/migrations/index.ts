import { Messaging1700000000001 } from './0001-messaging';

/** Messaging's own migrations, in order. A service runs them in its schema before its own. */
export const messagingMigrations = [Messaging1700000000001];
