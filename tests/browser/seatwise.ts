import { type ChildProcess, execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";

const COMMAND = join(import.meta.dirname, "../../.venv/bin/seatwise");
const READY_MILLISECONDS = 120_000;

interface Events {
  data: { stripeEvents: { nodes: { receivedAt: string }[] } };
}

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
  readonly sandboxUrl: string;
  readonly #process: ChildProcess;
  readonly #environment: NodeJS.ProcessEnv;
  readonly #directory: string;

  private constructor(process: ChildProcess, environment: NodeJS.ProcessEnv, directory: string) {
    this.url = `http://127.0.0.1:${environment.PORT}`;
    this.sandboxUrl = `http://127.0.0.1:${environment.SEATWISE_SANDBOX_PORT}`;
    this.#process = process;
    this.#environment = environment;
    this.#directory = directory;
  }

  /** Starts it, with these settings besides, and waits until it answers. */
  static async start(settings: NodeJS.ProcessEnv = {}): Promise<Seatwise> {
    const directory = await mkdtemp(join(tmpdir(), "seatwise-browser-"));
    const environment = {
      ...process.env,
      ...settings,
      PORT: await freePort(),
      SEATWISE_SANDBOX_PORT: await freePort(),
      SEATWISE_DATA_DIR: directory,
    };
    const child = spawn(COMMAND, ["dev"], {
      cwd: join(import.meta.dirname, "../.."),
      env: environment,
      stdio: ["ignore", "pipe", "inherit"],
    });
    const seatwise = new Seatwise(child, environment, directory);
    try {
      await seatwise.#ready();
      return seatwise;
    } catch (problem) {
      await seatwise.stop();
      throw problem;
    }
  }

  /** Moves the clock, and with it everything that is dated: `await clock("40d")`. */
  async clock(duration: string): Promise<void> {
    await promisify(execFile)(COMMAND, ["clock", "advance", duration], { env: this.#environment });
  }

  /** An access token of a demo user. */
  token(email: string): Promise<string> {
    return this.#token("--email", email);
  }

  /** When the newest webhook of this type arrived, in milliseconds since 1970. */
  async webhookArrivedAt(type: string): Promise<number> {
    const token = await this.#token("--service", "browser-tests", "--scope", "ops");
    const query = `query ($type: String) { stripeEvents(type: $type, first: 1) { nodes { receivedAt } } }`;
    const answer = await fetch(`${this.url}/graphql`, {
      method: "POST",
      headers: { "Content-Type": "application/json", Authorization: `Bearer ${token}` },
      body: JSON.stringify({ query, variables: { type } }),
    });
    const { data } = (await answer.json()) as Events;
    const [newest] = data.stripeEvents.nodes;
    if (!newest) throw new Error(`no webhook of type ${type} arrived`);
    return Date.parse(newest.receivedAt);
  }

  /** From now on the sandbox refuses these calls, as Stripe does for a key without permission; none: no call. */
  async stripeRefuses(...routes: string[]): Promise<void> {
    const calls = routes.map((route) => ({ route, status: 403, count: null }));
    const answer = await fetch(`${this.sandboxUrl}/_control/faults`, {
      method: "POST",
      headers: {
        "Content-Type": "application/json",
        Authorization: "Bearer sk_test_seatwise_development",
      },
      body: JSON.stringify({ calls }),
    });
    if (!answer.ok) throw new Error(await answer.text());
  }

  async #token(...whose: string[]): Promise<string> {
    const { stdout } = await promisify(execFile)(COMMAND, ["token", ...whose], {
      env: this.#environment,
    });
    return stdout.trim();
  }

  async stop(): Promise<void> {
    const ended = this.#ended();
    this.#process.kill("SIGTERM");
    await ended;
    await rm(this.#directory, { recursive: true, force: true });
  }

  async #ended(): Promise<void> {
    const { exitCode, signalCode } = this.#process;
    if (exitCode === null && signalCode === null) await once(this.#process, "exit");
  }

  /** Its one screen names the address when everything answers. */
  async #ready(): Promise<void> {
    let printed = "";
    const shown = new Promise<void>((resolve) => {
      this.#process.stdout?.on("data", (chunk) => {
        printed += chunk;
        if (printed.includes(`${this.url}/graphql`)) resolve();
      });
    });
    const timeout = once(AbortSignal.timeout(READY_MILLISECONDS), "abort");
    const failed = Promise.race([this.#ended(), timeout]).then(() => {
      throw new Error(`Seatwise did not start:\n${printed}`);
    });
    await Promise.race([shown, failed]);
    failed.catch(() => {}); // When it ends later, nobody waits for its start any more.
  }
}
