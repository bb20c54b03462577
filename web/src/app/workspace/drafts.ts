/** What was begun and not sent, per conversation. Kept on this device until sent or signed out. */

const LIMIT = 50;

export class Drafts {
  readonly #key: string;
  #texts: Record<string, string>;

  constructor(userId: string) {
    this.#key = `carewire.drafts.${userId}`;
    this.#texts = this.#read();
  }

  of(conversationId: string): string {
    return this.#texts[conversationId] ?? '';
  }

  keep(conversationId: string, text: string): void {
    const { [conversationId]: _, ...others } = this.#texts;
    const entries = Object.entries(others).slice(-(LIMIT - 1));
    this.#texts = Object.fromEntries(text.trim() === '' ? entries : [...entries, [conversationId, text]]);
    this.#write();
  }

  clear(): void {
    this.#texts = {};
    this.#write();
  }

  #read(): Record<string, string> {
    try {
      const value: unknown = JSON.parse(localStorage.getItem(this.#key) ?? '{}');
      return typeof value === 'object' && value !== null ? Object.fromEntries(Object.entries(value).filter((pair): pair is [string, string] => typeof pair[1] === 'string')) : {};
    } catch {
      return {};
    }
  }

  #write(): void {
    try {
      if (Object.keys(this.#texts).length === 0) localStorage.removeItem(this.#key);
      else localStorage.setItem(this.#key, JSON.stringify(this.#texts));
    } catch {
      // Storage is full or forbidden: drafts then last as long as the page.
    }
  }
}
