/** Tags as the server keeps them: trimmed, NFC, unique without case, first spelling kept. Pure. */
const LONGEST = 100;

export function withTag(tags: readonly string[], typed: string): string[] {
  const tag = [...typed.trim().normalize("NFC")].slice(0, LONGEST).join("");
  const there = tags.some((other) => other.toLowerCase() === tag.toLowerCase());
  return tag && !there ? [...tags, tag] : [...tags];
}
