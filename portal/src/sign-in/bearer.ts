/** Gives the token to send, or null for a reader who is signed out. */
export type TokenSource = () => Promise<string | null>;

/** `fetch`, as whoever is signed in. An authorization header that is set already stays. */
export function bearing(tokenSource: TokenSource): typeof fetch {
  return async (input, init) => {
    const headers = new Headers(init?.headers);
    const token = await tokenSource();
    if (token && !headers.has("authorization")) headers.set("authorization", `Bearer ${token}`);
    return fetch(input, { ...init, headers });
  };
}
