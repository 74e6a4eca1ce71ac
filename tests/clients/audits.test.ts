// The GraphQL-over-HTTP audits of npm graphql-http. Each has to be "ok": a warning fails.
import assert from "node:assert/strict";
import { test } from "node:test";
import { serverAudits } from "graphql-http";
import { url } from "./environment.ts";

const audits = serverAudits({ url });

test("none of the audits is missing", () => {
  assert.equal(audits.length, 61);
});

for (const { id, name, fn } of audits) {
  test(`${id} ${name}`, async () => {
    const result = await fn();
    assert.equal(result.status, "ok", result.status === "ok" ? "" : result.reason);
  });
}
