// The manifests that relay-compiler (MD5) and graphql-codegen (SHA-256, with a prefix) write.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import { createClient } from "graphql-ws";
import { authorization, socketUrl, url } from "./environment.ts";

async function idOf(manifest: string, operation: string): Promise<string> {
  const documents: Record<string, string> = JSON.parse(
    await readFile(`generated/${manifest}.json`, "utf8"),
  );
  const found = Object.entries(documents).find(([, text]) => text.includes(operation));
  assert.ok(found);
  return found[0];
}

const relayId = await idOf("relay-documents", "query ViewerQuery");
const codegenId = await idOf("persisted-documents", "query Viewer ");
const variables = { first: 1 };

const requests = {
  "documentId with the prefix": { documentId: codegenId },
  "documentId without it": { documentId: codegenId.replace("sha256:", "") },
  id: { id: relayId, variables },
  doc_id: { doc_id: relayId, variables },
  persistedQuery: {
    extensions: { persistedQuery: { version: 1, sha256Hash: codegenId.replace("sha256:", "") } },
  },
};

for (const [name, request] of Object.entries(requests)) {
  test(`by POST: ${name}`, async () => {
    const response = await fetch(url, {
      method: "POST",
      headers: { authorization, "content-type": "application/json" },
      body: JSON.stringify(request),
    });
    assert.equal((await response.json()).data.viewer.email, "owner@acme.test");
  });

  test(`by GET: ${name}`, async () => {
    const members = Object.entries(request).map(([key, value]) => [
      key,
      typeof value === "string" ? value : JSON.stringify(value),
    ]);
    const response = await fetch(`${url}?${new URLSearchParams(Object.fromEntries(members))}`, {
      headers: { authorization },
    });
    assert.equal((await response.json()).data.viewer.email, "owner@acme.test");
  });

  test(`over WebSocket: ${name}`, async () => {
    const client = createClient({
      url: socketUrl,
      connectionParams: { Authorization: authorization },
    });
    for await (const { data } of client.iterate<{ viewer: { email: string } }>({
      query: "", // graphql-ws sends nothing without one
      ...request,
    })) {
      assert.equal(data?.viewer.email, "owner@acme.test");
    }
    await client.dispose();
  });
}
