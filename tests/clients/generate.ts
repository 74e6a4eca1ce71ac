// relay-compiler wants its directory and the file of its persisted documents to exist, and leaves
// out of the file what it finds compiled already.
import { mkdir, rm, writeFile } from "node:fs/promises";

await rm("generated/relay", { recursive: true, force: true });
await mkdir("generated/relay", { recursive: true });
await writeFile("generated/relay-documents.json", "{}");
