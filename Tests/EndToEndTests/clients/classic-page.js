// Any number of connections of ASP.NET SignalR 2 in one page, driven by the test: each command is a call of one of these functions.
window.clients = (() => {
  const connections = new Map();

  const of = command => {
    const connection = connections.get(command.client);
    if (!connection) {
      throw new Error(`no client '${command.client}'`);
    }
    return connection;
  };

  // The library's promises are jQuery's, and it rejects them with what has a message and more.
  const settle = deferred => Promise.resolve(deferred).catch(error => Promise.reject(new Error(error?.message ?? String(error))));

  return {
    async start({ client, url, options }) {
      const connection = $.hubConnection(url, { useDefaultPath: false });
      connections.set(client, connection);
      connection.reconnectDelay = 100; // 2 s by default
      connection.createHubProxy("chat").on("receive", (...values) => window.emit(client, "message", { values }));
      connection.error(error => window.emit(client, "error", { error: error.message }));
      connection.reconnecting(() => window.emit(client, "reconnecting", {}));
      connection.reconnected(() => window.emit(client, "reconnected", { connectionId: connection.id }));
      connection.disconnected(() => window.emit(client, "closed", {}));
      await settle(connection.start({ transport: options.transport, jsonp: options.jsonp, waitForPageLoad: false }));
      return { version: $.signalR.version, transport: connection.transport.name };
    },

    invoke: command => settle(of(command).createHubProxy("chat").invoke(command.method, ...command.values)),

    async stop(command) {
      of(command).stop();
      connections.delete(command.client);
    },
  };
})();
