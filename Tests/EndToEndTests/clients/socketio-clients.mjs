// Any number of Socket.IO clients, driven by the test through the standard streams.
import { io } from "socket.io-client";
import { describe, emit, serve } from "./lines.mjs";

const sockets = new Map();

const of = command => {
  const socket = sockets.get(command.client);
  if (!socket) {
    throw new Error(`no client '${command.client}'`);
  }
  return socket;
};

serve({
  /** Resolves when connected and, where an upgrade is asked for, when it is done. */
  start: command =>
    new Promise((resolve, reject) => {
      const { client, url, options } = command;
      const socket = io(url, {
        transports: options.transports,
        upgrade: options.upgrade ?? true,
        withCredentials: options.cookies, // in Node this is what keeps and sends cookies
        reconnectionDelay: 100,
        reconnectionDelayMax: 500,
        forceNew: true,
      });
      sockets.set(client, socket);
      const upgrades = options.transports.length > 1 && options.upgrade !== false;
      const started = () => resolve({ session: socket.io.engine.id, transport: socket.io.engine.transport.name });
      socket.on("said", (...values) => emit(client, "message", { values }));
      socket.on("disconnect", reason => emit(client, "closed", { error: reason }));
      socket.once("connect_error", error => reject(new Error(describe(error))));
      socket.once("connect", () => {
        if (upgrades && socket.io.engine.transport.name === options.transports[0]) {
          socket.io.engine.once("upgrade", started);
        } else {
          started();
        }
        socket.on("connect", () => emit(client, "reconnected", { connectionId: socket.io.engine.id }));
      });
    }),

  invoke: command => of(command).timeout(10_000).emitWithAck(command.method, ...command.values),

  async stop(command) {
    of(command).disconnect();
    sockets.delete(command.client);
  },
});
