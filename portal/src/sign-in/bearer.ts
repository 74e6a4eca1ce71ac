/** Gives the token to send, or null for a reader who is signed out. */
export type TokenSource = () => Promise<string | null>;

interface Bearer {
  token: TokenSource;
  /** Called with a token that the server has refused, before another one is asked for. */
  refused: (token: string) => void;
}

function send(input: RequestInfo | URL, init: RequestInit | undefined, token: string | null) {
  const headers = new Headers(init?.headers);
  if (token && !headers.has("authorization")) headers.set("authorization", `Bearer ${token}`);
  return fetch(input, { ...init, headers });
}

/** `fetch`, as whoever is signed in. A token that is refused is replaced, once. */
export function bearing({ token, refused }: Bearer): typeof fetch {
  return async (input, init) => {
    const first = await token();
    const answer = await send(input, init, first);
    if (!first || answer.status !== 401) return answer;
    refused(first);
    const second = await token();
    return second ? send(input, init, second) : answer;
  };
}
