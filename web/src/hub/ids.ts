let last = 0;
let counter = 0;

/** A fresh UUIDv7. Ids of one process ascend even within a millisecond or when the clock is set back. */
export function newId(now: number = Date.now()): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  if (now > last) {
    last = now;
    counter = ((bytes[6] ?? 0) << 3) & 0x7ff;
  } else if (counter < 0xfff) {
    counter += 1;
  } else {
    last += 1;
    counter = 0;
  }
  const time = last.toString(16).padStart(12, '0');
  const tail = Array.from(bytes.subarray(8), (byte) => byte.toString(16).padStart(2, '0')).join('');
  const variant = (8 + ((bytes[8] ?? 0) & 3)).toString(16);
  const rand = variant + tail.slice(1);
  return `${time.slice(0, 8)}-${time.slice(8)}-7${counter.toString(16).padStart(3, '0')}-${rand.slice(0, 4)}-${rand.slice(4)}`;
}
