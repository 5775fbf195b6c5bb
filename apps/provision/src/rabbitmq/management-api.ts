import { loginOf } from '../environment';

/** The management API answered, and not as wished. The message names the request, the status and RabbitMQ's reason. */
export class ManagementError extends Error {
  override readonly name = 'ManagementError';

  constructor(
    message: string,
    readonly status: number,
  ) {
    super(message);
  }
}

/** RabbitMQ's management API, as an administrator. */
export class ManagementApi {
  private readonly base: URL;
  private readonly authorization: string;
  readonly user: string;

  /** @param url with user and password; a path before `/api` is kept. */
  constructor(url: string) {
    const { user, password } = loginOf(url);
    this.user = user;
    this.authorization = `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;
    this.base = new URL(url);
    this.base.username = '';
    this.base.password = '';
    if (!this.base.pathname.endsWith('/')) this.base.pathname += '/';
  }

  get host(): string {
    return this.base.host;
  }

  /** @param path parts, which are encoded here. */
  async get(...path: string[]): Promise<void> {
    await this.request('GET', path);
  }

  async put(path: readonly string[], body: unknown): Promise<void> {
    await this.request('PUT', path, body);
  }

  /** @throws ManagementError; TypeError when there is no connection. */
  private async request(method: string, path: readonly string[], body?: unknown): Promise<void> {
    const route = `api/${path.map(encodeURIComponent).join('/')}`;
    const response = await fetch(new URL(route, this.base), {
      method,
      // RabbitMQ closes a connection that has been idle for 5 s, without having said so: a request on one that is about to go fails.
      headers: { authorization: this.authorization, 'content-type': 'application/json', connection: 'close' },
      body: body === undefined ? undefined : JSON.stringify(body),
      signal: AbortSignal.timeout(30_000),
    });
    const text = await response.text();
    if (response.ok) return;
    const advice =
      response.status === 401
        ? 'is the user or password in RABBITMQ_MANAGEMENT_URL wrong, or is the user no administrator?'
        : text.slice(0, 300);
    throw new ManagementError(
      `RabbitMQ answered ${response.status} to ${method} /${route}: ${advice}`,
      response.status,
    );
  }
}

/** Whether the server may only need more time to start. */
export function isManagementAway(error: unknown): boolean {
  if (error instanceof ManagementError) return error.status >= 500;
  return error instanceof TypeError || (error instanceof DOMException && error.name === 'TimeoutError');
}
