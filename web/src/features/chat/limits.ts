/** Code points of one message, as the contract has it. */
export const MESSAGE_MAX = 4_000;
/** Repeat "is typing" this often while it is true. */
export const TYPING_EVERY_MS = 3_000;
/** How long a deletion can be taken back before it leaves this device. */
export const UNDO_MS = 6_000;
