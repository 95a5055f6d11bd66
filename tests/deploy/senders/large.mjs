// Posts `x` times a size by HTTP/2, with its length or without, and prints the answer's status: URL SIZE sized|open
import { connect, constants } from "node:http2";

const [, , address, size, form] = process.argv;
const { origin, pathname } = new URL(address);
const body = Buffer.alloc(Number(size), "x");
const session = connect(origin, { rejectUnauthorized: false });
const headers = { ":method": "POST", ":path": pathname };
if (form === "sized") headers["content-length"] = body.length;
const stream = session.request(headers);
stream.on("response", (head) => console.log(head[constants.HTTP2_HEADER_STATUS]));
stream.on("error", (error) => console.log(error.code));
stream.on("close", () => session.close());
stream.resume();
stream.end(body);
