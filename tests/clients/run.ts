// Starts all of Seatwise, runs the tests against it, and stops it: `npm test`.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFile, writeFile } from "node:fs/promises";
import { Seatwise } from "../browser/seatwise.ts";

// The manifest of trusted documents is what the tools of the clients wrote.
const manifest = {
  ...JSON.parse(await readFile("generated/persisted-documents.json", "utf8")),
  ...JSON.parse(await readFile("generated/relay-documents.json", "utf8")),
};
await writeFile("generated/manifest.json", JSON.stringify(manifest));

const seatwise = await Seatwise.start({
  SEATWISE_GRAPHQL_TRUSTED_DOCUMENTS: `${import.meta.dirname}/generated/manifest.json`,
});
try {
  const tests = spawn(
    process.execPath,
    ["--test", "--test-force-exit", "--test-timeout=60000", ...process.argv.slice(2)],
    {
      stdio: "inherit",
      env: {
        ...process.env,
        SEATWISE_URL: seatwise.url,
        SEATWISE_SANDBOX_URL: seatwise.sandboxUrl,
        SEATWISE_TOKEN: await seatwise.token("owner@acme.test"),
      },
    },
  );
  [process.exitCode] = await once(tests, "exit");
} finally {
  await seatwise.stop();
}
