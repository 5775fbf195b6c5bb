import { type Connection, Query, type QueryResult } from 'pg';
import { nameOf, PreparingClient } from './preparing-client';

/** What TypeORM sends to begin a transaction. */
const begin = 'START TRANSACTION';

/** What nobody looks at in the answer to that. */
const begun = { command: 'START', rows: [], rowCount: null, oid: 0, fields: [] };

type Callback = (error: Error | undefined, result: QueryResult) => void;

/**
 * Begins a transaction together with its first statement: a round trip less in each. Both go to the server as one message, or with one Sync
 * behind both (PostgreSQL, 54.2.4), so when the one fails the other is not carried out: no statement is ever left to commit by itself.
 * That a transaction cannot begin is therefore told by its first statement.
 */
export class TransactionClient extends PreparingClient {
  private isBeginDue = false;
  private isHeld = false;

  // biome-ignore lint/suspicious/noExplicitAny: stands for all overloads of pg's query
  override query(...args: any[]): any {
    const [text, values, callback] = args;
    this.holdWrites();
    if (text === begin && callback === undefined) {
      this.isBeginDue = true;
      return Promise.resolve(begun);
    }
    // biome-ignore lint/suspicious/noExplicitAny: as above
    if (!this.isBeginDue || typeof text !== 'string' || callback !== undefined) return super.query(...(args as [any]));
    this.isBeginDue = false;
    if (values === undefined || values.length === 0) return this.beginWithText(text);
    return new Promise((resolve, reject) => {
      const done: Callback = (error, result) => (error ? reject(error) : resolve(result));
      super.query(new BeginningQuery({ name: nameOf(text, values), text, values, callback: done }));
    });
  }

  /** What is sent in one turn goes out in one write. */
  private holdWrites(): void {
    if (this.isHeld) return;
    this.isHeld = true;
    const { stream } = this.connection;
    stream.cork();
    process.nextTick(() => {
      this.isHeld = false;
      stream.uncork();
    });
  }

  private async beginWithText(text: string): Promise<QueryResult | QueryResult[]> {
    const [, ...results] = (await super.query(`${begin}; ${text}`)) as unknown as QueryResult[];
    return results.length > 1 ? results : (results[0] as QueryResult);
  }
}

/** What pg's Query and Connection have beside what their types tell. */
interface QueryInside {
  name: string | undefined;
  submit(connection: Connection): Error | null;
  handleCommandComplete(message: unknown, connection: Connection): void;
  handleError(error: Error, connection: Connection): void;
}
interface ConnectionInside {
  /** Texts of what was sent to be prepared and is not answered yet, by name. */
  readonly submittedNamedStatements: Record<string, string>;
}

const inside = Query.prototype as unknown as QueryInside;

interface FirstStatement {
  /** Of the prepared statement; undefined: it is not to be one. */
  readonly name: string | undefined;
  readonly text: string;
  readonly values: unknown[];
  readonly callback: Callback;
}

/** A statement with parameters, with the beginning of its transaction before it and one Sync behind both. */
class BeginningQuery extends Query {
  private hasBegun = false;

  constructor(private readonly statement: FirstStatement) {
    super(statement as unknown as ConstructorParameters<typeof Query>[0]);
    Object.assign(this, {
      submit: (connection: Connection) => this.submitBehindBegin(connection),
      handleCommandComplete: (message: unknown, connection: Connection) => this.complete(message, connection),
      handleError: (error: Error, connection: Connection) => this.fail(error, connection),
    });
  }

  private submitBehindBegin(connection: Connection): Error | null {
    connection.stream.cork();
    try {
      connection.parse({ text: begin, name: '', types: [] } as unknown as Parameters<Connection['parse']>[0], true);
      connection.bind({} as unknown as Parameters<Connection['bind']>[0], true);
      connection.execute({} as unknown as Parameters<Connection['execute']>[0], true);
      return inside.submit.call(this, connection);
    } finally {
      // pg would take the next answer to a Parse, which is the beginning's, for that of a statement with a name.
      this.use(undefined);
      connection.stream.uncork();
    }
  }

  private complete(message: unknown, connection: Connection): void {
    if (this.hasBegun) inside.handleCommandComplete.call(this, message, connection);
    this.hasBegun = true;
    this.use(this.statement.name);
  }

  private fail(error: Error, connection: Connection): void {
    const { name } = this.statement;
    if (name && !this.hasBegun) delete (connection as unknown as ConnectionInside).submittedNamedStatements[name];
    inside.handleError.call(this, error, connection);
  }

  private use(name: string | undefined): void {
    (this as unknown as QueryInside).name = name;
  }
}
