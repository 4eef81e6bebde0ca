// One JSON object per line: commands with a number come in, answers with that number and events go out.
import { createInterface } from "node:readline";

const write = message => process.stdout.write(JSON.stringify(message) + "\n");

/** Tells the test that something happened to a client. */
export const emit = (client, event, data) => write({ client, event, ...data });

/**
 * Answers commands until the standard input ends, and with it the test.
 * @param {Record<string, (command: object) => unknown>} handlers by the command's name
 */
export function serve(handlers) {
  createInterface({ input: process.stdin })
    .on("line", async line => {
      const command = JSON.parse(line);
      try {
        write({ answer: command.number, result: (await handlers[command.name](command)) ?? null });
      } catch (error) {
        write({ answer: command.number, error: describe(error) });
      }
    })
    .on("close", () => process.exit(0));
}

/** Closes come with an Error, an event or nothing. */
export const describe = error => error?.message ?? (error ? String(error) : null);
