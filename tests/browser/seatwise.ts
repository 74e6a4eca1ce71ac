import { type ChildProcess, execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";

const COMMAND = join(import.meta.dirname, "../../.venv/bin/seatwise");
const READY_MILLISECONDS = 120_000;

async function freePort(): Promise<string> {
  const probe = createServer().listen(0, "127.0.0.1");
  await once(probe, "listening");
  const address = probe.address();
  probe.close();
  if (typeof address !== "object" || !address) throw new Error("no port was given");
  return String(address.port);
}

/** All of Seatwise as `make run` starts it: server, worker, Postgres, sandbox, demo data; on ports of its own. */
export class Seatwise {
  readonly url: string;
  readonly #process: ChildProcess;
  readonly #environment: NodeJS.ProcessEnv;
  readonly #directory: string;

  private constructor(
    url: string,
    process: ChildProcess,
    environment: NodeJS.ProcessEnv,
    directory: string,
  ) {
    this.url = url;
    this.#process = process;
    this.#environment = environment;
    this.#directory = directory;
  }

  /** Starts it and waits until it answers. */
  static async start(): Promise<Seatwise> {
    const directory = await mkdtemp(join(tmpdir(), "seatwise-browser-"));
    const port = await freePort();
    const environment = {
      ...process.env,
      PORT: port,
      SEATWISE_SANDBOX_PORT: await freePort(),
      SEATWISE_DATA_DIR: directory,
    };
    const child = spawn(COMMAND, ["dev"], {
      env: environment,
      stdio: ["ignore", "pipe", "inherit"],
    });
    const seatwise = new Seatwise(`http://127.0.0.1:${port}`, child, environment, directory);
    await seatwise.#ready();
    return seatwise;
  }

  /** Moves the clock, and with it everything that is dated: `await clock("40d")`. */
  async clock(duration: string): Promise<void> {
    await promisify(execFile)(COMMAND, ["clock", "advance", duration], { env: this.#environment });
  }

  async stop(): Promise<void> {
    this.#process.kill("SIGTERM");
    if (this.#process.exitCode === null) await once(this.#process, "exit");
    await rm(this.#directory, { recursive: true, force: true });
  }

  /** Its one screen names the address when everything answers. */
  async #ready(): Promise<void> {
    let printed = "";
    const timeout = AbortSignal.timeout(READY_MILLISECONDS);
    for await (const chunk of this.#process.stdout?.iterator({ destroyOnReturn: false }) ?? []) {
      printed += chunk;
      if (printed.includes(`${this.url}/graphql`)) return;
      if (timeout.aborted) break;
    }
    throw new Error(`Seatwise did not start:\n${printed}`);
  }
}
