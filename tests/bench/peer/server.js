// The benchmark's peer: socket.io 4 + mongoose, written the usual way, doing what the hub does for one chat command:
// authenticate at connect, check membership, validate, store with majority and journal, then tell the room and ack.
// PEER_AUDIT=1 also stores one audit row per command before the ack, as the hub does.
import { createServer } from "node:http";
import jwt from "jsonwebtoken";
import mongoose from "mongoose";
import { Server } from "socket.io";

const { MONGODB_URI, JWT_SECRET, PORT = "0", PEER_AUDIT = "" } = process.env;
const durable = { writeConcern: { w: "majority", j: true } };

const Member = mongoose.model("Member", new mongoose.Schema({ conversation: String, user: { type: String, index: true } }));
const messageSchema = new mongoose.Schema(
  { conversation: String, author: String, device: String, cid: String, text: String, sent_at: { type: Date, default: Date.now } },
  durable,
);
messageSchema.index({ conversation: 1, _id: 1 });
messageSchema.index({ conversation: 1, author: 1, device: 1, cid: 1 }, { unique: true });
const Message = mongoose.model("Message", messageSchema);
const Audit = mongoose.model(
  "Audit",
  new mongoose.Schema({ actor: String, action: String, resource: String, outcome: String, at: { type: Date, default: Date.now } }, durable),
);

await mongoose.connect(MONGODB_URI, { maxPoolSize: 50 });
await Promise.all([Member.init(), Message.init(), Audit.init()]);

const http = createServer();
const io = new Server(http, { perMessageDeflate: false, pingInterval: 10000, pingTimeout: 8000, maxHttpBufferSize: 65536 });

io.use((socket, next) => {
  try {
    const claims = jwt.verify(socket.handshake.auth.token, JWT_SECRET, { algorithms: ["HS256"] });
    socket.data.user = claims.sub;
    socket.data.device = claims.device ?? "d";
    next();
  } catch {
    next(new Error("unauthenticated"));
  }
});

const refused = (code) => ({ ok: false, error: { code } });
const valid = (c) =>
  c && typeof c.cid === "string" && typeof c.conversation_id === "string" &&
  typeof c.text === "string" && c.text.length > 0 && c.text.length <= 4000;

io.on("connection", async (socket) => {
  const { user, device } = socket.data;
  const mine = new Set((await Member.find({ user }).lean()).map((m) => m.conversation));
  for (const id of mine) socket.join(`c:${id}`);
  socket.join(`u:${user}`);
  socket.emit("hub.welcome", { user_id: user });

  socket.on("chat.send", async (command, ack) => {
    if (!valid(command)) return ack?.(refused("invalid"));
    if (!mine.has(command.conversation_id)) return ack?.(refused("not_found"));
    try {
      const message = await Message.create({
        conversation: command.conversation_id, author: user, device, cid: command.cid, text: command.text,
      });
      if (PEER_AUDIT) {
        await Audit.create({ actor: user, action: "message.create", resource: command.conversation_id, outcome: "ok" });
      }
      const s = `c:${command.conversation_id}`;
      io.to(s).emit("chat.sent", {
        s, n: message._id, at: message.sent_at, by: user, cid: command.cid, data: { text: command.text },
      });
      ack?.({ ok: true, data: { s, n: message._id, at: message.sent_at } });
    } catch (error) {
      ack?.(refused(error.code === 11000 ? "conflict" : "retry"));
    }
  });

  socket.on("chat.type", (command, ack) => {
    if (!command || typeof command.conversation_id !== "string") return ack?.(refused("invalid"));
    if (!mine.has(command.conversation_id)) return ack?.(refused("not_found"));
    socket.to(`c:${command.conversation_id}`).emit("chat.typed", {
      at: new Date(), data: { conversation_id: command.conversation_id, user_id: user, typing: true },
    });
    ack?.({ ok: true, data: {} });
  });

  // What an application without a resume protocol does after a reconnect: ask for what came since.
  socket.on("chat.since", async (command, ack) => {
    if (!mine.has(command?.conversation_id)) return ack?.(refused("not_found"));
    const since = command.after ? { _id: { $gt: command.after } } : {};
    const messages = await Message.find({ conversation: command.conversation_id, ...since }).sort({ _id: 1 }).limit(200).lean();
    ack?.({ ok: true, data: { messages } });
  });
});

http.listen(Number(PORT), "127.0.0.1", 4096, () => console.log(JSON.stringify({ ready: http.address().port })));
process.on("SIGTERM", () => process.exit(0));
