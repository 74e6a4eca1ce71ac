import type { TokenSource } from "../../portal/src/sign-in/bearer.ts";

/** A GraphiQL tab as it is first shown. */
interface Tab {
  query: string;
  variables: string | null;
}

/** Stands in an example's variables until it is known which organization the reader belongs to. */
const PLACEHOLDER = "ORGANIZATION_ID";
const FILLED_IN_AS = "seatwise:organization";

const files = import.meta.glob<string>("../examples/*", {
  query: "?raw",
  import: "default",
  eager: true,
});

/** The files of `examples/` in the order of their names, each with its variables, if it has any. */
export function exampleTabs(returnUrl: string): Tab[] {
  const queries = Object.keys(files).filter((name) => name.endsWith(".graphql"));
  return queries.sort().map((name) => ({
    query: files[name] ?? "",
    variables:
      files[name.replace(".graphql", ".variables.json")]?.replace("RETURN_URL", returnUrl) ?? null,
  }));
}

async function firstOrganizationId(
  endpoint: string,
  tokenSource: TokenSource,
): Promise<string | null> {
  const answer = await fetch(endpoint, {
    method: "POST",
    headers: { "content-type": "application/json", authorization: `Bearer ${await tokenSource()}` },
    body: JSON.stringify({ query: "{ viewer { organizations(first: 1) { nodes { id } } } }" }),
  });
  const { data } = await answer.json();
  return data?.viewer?.organizations?.nodes?.[0]?.id ?? null;
}

/**
 * Puts the id of the reader's organization where the example tabs want one, so that they run as they stand.
 * Somebody else who signs in gets theirs in the same places. It edits what GraphiQL has stored, so it comes
 * before GraphiQL starts.
 */
export async function fillInOrganization(
  endpoint: string,
  tokenSource: TokenSource,
): Promise<void> {
  const id = await firstOrganizationId(endpoint, tokenSource);
  if (!id) return;
  const previous = localStorage.getItem(FILLED_IN_AS) ?? PLACEHOLDER;
  for (const key of Object.keys(localStorage).filter((name) => name.startsWith("graphiql:"))) {
    localStorage.setItem(key, localStorage.getItem(key)?.replaceAll(previous, id) ?? "");
  }
  localStorage.setItem(FILLED_IN_AS, id);
}

/** The tabs of a first visit, with the reader's organization where it is known already. */
export function tabsFor(returnUrl: string): Tab[] {
  const id = localStorage.getItem(FILLED_IN_AS) ?? PLACEHOLDER;
  return exampleTabs(returnUrl).map((tab) => ({
    ...tab,
    variables: tab.variables?.replaceAll(PLACEHOLDER, id) ?? null,
  }));
}
