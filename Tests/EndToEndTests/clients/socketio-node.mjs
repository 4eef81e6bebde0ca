// A Socket.IO node: says who it is and echoes.
import { createServer } from "node:http";
import { Server } from "socket.io";
import { emit } from "./lines.mjs";

const name = process.argv[2];
const http = createServer((request, response) => {
  response.setHeader("X-Hub-Node", name);
  response.end(name);
});
const io = new Server(http, { cors: { origin: true, credentials: true } });

// What the node answers to anybody who asks for a session that it does not have.
io.engine.on("connection_error", error => emit(name, "refused", { code: error.code, reason: error.message, url: error.req?.url }));
io.engine.on("headers", headers => (headers["X-Hub-Node"] = name));

io.on("connection", socket => {
  socket.on("whoami", answer => answer({ node: name, session: socket.conn.id, transport: socket.conn.transport.name }));
  socket.on("echo", (text, answer) => answer(text));
  socket.on("say", text => io.emit("said", text, name));
});

http.listen(0, "127.0.0.1", () => emit(name, "listening", { url: `http://127.0.0.1:${http.address().port}` }));

// The test ends its nodes by closing their input.
process.stdin.resume().on("end", () => process.exit(0));
