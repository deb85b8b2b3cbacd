/** The address of this server as somebody types it on a phone. Pure. */

/** Names that mean the device itself, wherever they are typed: a phone would look for the server in its own pocket. */
const LOOPBACK = /^(localhost|.*\.localhost|127(\.\d{1,3}){3}|\[::1\])$/u;

/** What was typed as an address without a slash at its end; null where it is none. */
export function cleanAddress(typed: string): string | null {
  const text = typed.trim();
  const whole = /^[a-z]+:\/\//iu.test(text) ? text : `http://${text}`;
  if (!text || !URL.canParse(whole)) return null;
  const { protocol, host, pathname } = new URL(whole);
  if (!host || !/^https?:$/u.test(protocol)) return null;
  return `${protocol}//${host}${pathname.replace(/\/+$/u, "")}`;
}

export const isLoopback = (address: string) => LOOPBACK.test(new URL(address).hostname);

/** Whether what is sent there can be read on its way. */
export const isReadable = (address: string) => !address.startsWith("https:");
