// Any number of SignalR connections, driven by the test through the standard streams.
import { createRequire } from "node:module";
import { describe, emit, serve } from "./lines.mjs";

// The CommonJS builds, which find their own versions of ws, eventsource and tough-cookie.
const require = createRequire(import.meta.url);
const current = require("@microsoft/signalr");
const old = require("@aspnet/signalr");

// What the library takes by default when nothing is given.
const requireOfLibrary = createRequire(require.resolve("@microsoft/signalr"));
const DefaultWebSocket = requireOfLibrary("ws");
const DefaultEventSource = requireOfLibrary("eventsource");

const transports = {
  webSockets: current.HttpTransportType.WebSockets,
  serverSentEvents: current.HttpTransportType.ServerSentEvents,
  longPolling: current.HttpTransportType.LongPolling,
};
const quiet = { log: () => {} };

const connections = new Map();
const jars = new Map();

/** A client that neither keeps nor sends cookies, as one of another site whose browser blocks them. */
class WithoutCookies extends current.HttpClient {
  async send(request) {
    const abort = new AbortController();
    if (request.abortSignal) {
      request.abortSignal.onabort = () => abort.abort();
    }
    const timer = request.timeout ? setTimeout(() => abort.abort(new current.TimeoutError()), request.timeout) : undefined;
    const response = await fetch(request.url, {
      method: request.method,
      headers: request.headers,
      body: request.content || undefined,
      signal: abort.signal,
    }).finally(() => clearTimeout(timer));
    const text = await response.text();
    if (!response.ok) {
      throw new current.HttpError(text || response.statusText, response.status);
    }
    return new current.HttpResponse(response.status, response.statusText, text);
  }

  getCookieString() {
    return "";
  }
}

/** Sends each request to the next of several gateways. */
class Alternating extends WithoutCookies {
  constructor(next) {
    super();
    this.next = next;
  }

  send(request) {
    return super.send({ ...request, url: this.next(request.url) });
  }
}

/** Clients that name the same jar share their cookies, as the tabs of a browser do. */
function httpClient(options) {
  if (options.cookies === false) {
    return new WithoutCookies();
  }
  if (!options.jar) {
    return undefined; // the library's own, one jar for each connection
  }
  if (!jars.has(options.jar)) {
    jars.set(options.jar, new current.DefaultHttpClient(quiet));
  }
  return jars.get(options.jar);
}

function alternate(origins) {
  let turn = 0;
  const next = url => {
    const target = new URL(origins[turn++ % origins.length]);
    const moved = new URL(url);
    moved.host = target.host;
    return moved.href;
  };
  return {
    httpClient: new Alternating(next),
    WebSocket: class extends DefaultWebSocket {
      constructor(url, ...rest) {
        super(next(url), ...rest);
      }
    },
    EventSource: class extends DefaultEventSource {
      constructor(url, ...rest) {
        super(next(url), ...rest);
      }
    },
  };
}

function build(command) {
  const { url, options } = command;
  const library = options.old ? old : current;
  const builder = new library.HubConnectionBuilder()
    .configureLogging(library.LogLevel.None)
    .withUrl(url, {
      transport: transports[options.transport],
      skipNegotiation: options.skipNegotiation ?? false,
      timeout: options.requestTimeout ?? undefined,
      httpClient: httpClient(options),
      ...(options.origins ? alternate(options.origins) : {}),
    });
  if (options.reconnect) {
    builder.withAutomaticReconnect(options.reconnect);
  }
  if (options.stateful) {
    builder.withStatefulReconnect();
  }
  const connection = builder.build();
  connection.serverTimeoutInMilliseconds = options.serverTimeout ?? connection.serverTimeoutInMilliseconds;
  return connection;
}

const of = command => {
  const connection = connections.get(command.client);
  if (!connection) {
    throw new Error(`no client '${command.client}'`);
  }
  return connection;
};

serve({
  async start(command) {
    const { client } = command;
    const connection = build(command);
    connections.set(client, connection);
    connection.on("Receive", (...values) => emit(client, "message", { values }));
    connection.onclose(error => emit(client, "closed", { error: describe(error) }));
    connection.onreconnecting?.(error => emit(client, "reconnecting", { error: describe(error) }));
    connection.onreconnected?.(connectionId => emit(client, "reconnected", { connectionId }));
    await connection.start();
    return { connectionId: connection.connectionId ?? null };
  },

  invoke: command => of(command).invoke(command.method, ...command.values),

  stream: command =>
    new Promise((resolve, reject) => {
      const items = [];
      of(command).stream(command.method, ...command.values).subscribe({
        next: item => items.push(item),
        complete: () => resolve(items),
        error: reject,
      });
    }),

  /** Streams the values to the hub and returns what it answers. */
  async upload(command) {
    const subject = new current.Subject();
    const answer = of(command).invoke(command.method, subject);
    command.values.forEach(value => subject.next(value));
    subject.complete();
    return answer;
  },

  async stop(command) {
    await of(command).stop();
    connections.delete(command.client);
  },
});
