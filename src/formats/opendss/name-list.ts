/** Looks up names that may be abbreviated. */

/** An ordered list of names: an exact name wins, else the first name in order that begins with the text. All in lower case. */
export class NameList {
  private readonly found = new Map<string, string | undefined>();

  constructor(readonly names: readonly string[]) {
    // Of equal names the first counts.
    for (const name of names) if (!this.found.has(name)) this.found.set(name, name);
  }

  /** The full name meant by a text, or undefined. */
  find(text: string): string | undefined {
    const key = text.toLowerCase();
    if (this.found.has(key)) return this.found.get(key);
    const name = key === '' ? undefined : this.names.find((candidate) => candidate.startsWith(key));
    // Only hits are remembered: scripts hold any number of wrong names.
    if (name !== undefined) this.found.set(key, name);
    return name;
  }
}
