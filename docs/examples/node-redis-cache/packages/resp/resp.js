import { connect } from "node:net";

/** Sends one command to Redis and resolves with the line that it answers. */
export function ask(port, ...words) {
  return new Promise((resolve, reject) => {
    const socket = connect(port, "localhost", () => socket.write(`${words.join(" ")}\r\n`));
    socket.on("error", reject);
    socket.once("data", (bytes) => {
      socket.end();
      resolve(String(bytes).trim());
    });
  });
}
