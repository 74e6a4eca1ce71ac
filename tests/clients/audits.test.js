// The GraphQL-over-HTTP audits of npm graphql-http: every one has to be "ok", a notice or a warning fails.
import { test } from "node:test";
import assert from "node:assert/strict";
import { serverAudits } from "graphql-http";

import { url } from "./seatwise.js";

for (const { id, name, fn } of serverAudits({ url })) {
  test(`${id} ${name}`, async () => {
    const result = await fn();
    assert.equal(result.status, "ok", result.reason);
  });
}
