// PostGraphile 5 on Node's own server: its schema is made from postgraphile.sql. It plans each
// document once, joins what it can, and masks unexpected errors by itself. A transaction with the
// settings of who asks surrounds each of its statements.
// So that it gives the answers of the others: its own global ids are off and a column `id` keeps its
// name, views and functions make ids and dates as text, and the type "purchase" is what the others
// call Subscription.
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import pg from "pg";
import { makePgService } from "postgraphile/adaptors/pg";
import { grafserv } from "postgraphile/grafserv/node";
import { PostGraphileAmberPreset } from "postgraphile/presets/amber";
import { postgraphile } from "postgraphile";
import { claimsOf, pool } from "./shared.js";

await pool.query(readFileSync(new URL("postgraphile.sql", import.meta.url), "utf8"));

const KeepIdPlugin = {
  name: "KeepIdPlugin",
  version: "1.0.0",
  inflection: {
    replace: {
      _attributeName: (previous, _, details) => previous({ ...details, skipRowId: true }),
    },
  },
};
const preset = {
  extends: [PostGraphileAmberPreset],
  plugins: [KeepIdPlugin],
  disablePlugins: ["NodePlugin", "AddNodeInterfaceToSuitableTypesPlugin"],
  pgServices: [makePgService({ pool, schemas: ["api"] })],
  grafast: {
    context: (requestContext) => {
      const { iss, sub } = claimsOf(requestContext.node?.req.headers.authorization);
      return { pgSettings: { "jwt.claims.iss": iss, "jwt.claims.sub": sub } };
    },
  },
  grafserv: { watch: false, graphiql: false },
};
const server = createServer();
server.on("error", (error) => { throw error; });
await postgraphile(preset).createServ(grafserv).addTo(server);
process.on("SIGTERM", () => process.exit(0));
server.listen(Number(process.env.PORT), "127.0.0.1");
