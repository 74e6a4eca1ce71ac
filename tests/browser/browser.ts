import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { mkdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { type Browser, type BrowserContext, chromium, type Page } from "playwright-core";

/** Where screenshots are kept; `npm run pictures` keeps those of the docs. */
const PICTURES = process.env["SEATWISE_PICTURES"];

const AXE = await readFile(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

const NARROWEST = 360;
const WIDEST = 1600;

/** Debian's Chromium, kept from calling home. */
export function openBrowser(): Promise<Browser> {
  return chromium.launch({
    executablePath: process.env["CHROMIUM"] ?? "/usr/bin/chromium",
    args: [
      "--no-sandbox",
      "--disable-gpu",
      "--disable-quic",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
    ],
  });
}

/** A reader with a browser profile of their own, who notices everything that goes wrong. */
export class Reader {
  readonly context: BrowserContext;
  readonly page: Page;
  readonly #complaints: string[] = [];

  private constructor(context: BrowserContext, page: Page) {
    this.context = context;
    this.page = page;
  }

  /**
   * Opens a window on Seatwise at `origin`. What its pages complain about is kept; what the sandbox's say is not
   * ours. Nothing outside this machine can be reached, and trying is a complaint.
   */
  static async open(browser: Browser, origin: string): Promise<Reader> {
    const context = await browser.newContext({
      viewport: { width: 1280, height: 800 },
      locale: "en-US",
      timezoneId: "Europe/Berlin",
    });
    context.setDefaultTimeout(10_000);
    const reader = new Reader(context, await context.newPage());
    await context.route(
      (url) => url.protocol.startsWith("http") && url.hostname !== "127.0.0.1",
      (route) => {
        reader.#complaints.push(`outside request: ${route.request().url()}`);
        return route.abort();
      },
    );
    context.on("console", (message) => {
      const ours = message.location().url.startsWith(origin);
      if (ours && ["error", "warning"].includes(message.type()))
        reader.#complaints.push(message.text());
    });
    context.on("weberror", (error) => reader.#complaints.push(String(error.error())));
    return reader;
  }

  /** Fails if anything was written to the console, thrown, or asked of another host. */
  hasNoComplaints(): void {
    assert.deepEqual(this.#complaints, []);
  }

  /** Fails if axe finds a violation of WCAG 2.2 AA on the page, or the page is wider than its window. */
  async findsThePageAccessible(): Promise<void> {
    await this.page.evaluate(AXE);
    const problems = await this.page.evaluate(async () => {
      const tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];
      const { axe } = globalThis as unknown as { axe: typeof import("axe-core") };
      const { violations } = await axe.run(document, { runOnly: tags });
      return violations.map(
        ({ id, nodes }) => `${id}: ${nodes.map((node) => node.html).join(" ")}`,
      );
    });
    assert.deepEqual(problems, []);
  }

  /** Keeps a picture of the page as it is, if pictures are wanted. */
  async keepsPicture(name: string): Promise<void> {
    if (!PICTURES) return;
    await mkdir(PICTURES, { recursive: true });
    await this.page.screenshot({ path: join(PICTURES, `${name}.png`), animations: "disabled" });
  }

  /** Looks at the page in light and dark, from 360 to 1600 px, with axe, and keeps pictures. */
  async inspects(name: string): Promise<void> {
    const size = this.page.viewportSize() ?? { width: 1280, height: 800 };
    for (const colorScheme of ["dark", "light"] as const) {
      await this.page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
      await this.findsThePageAccessible();
      for (const width of [NARROWEST, WIDEST]) {
        await this.page.setViewportSize({ ...size, width });
        const overflow = await this.page.evaluate(
          () => document.documentElement.scrollWidth - innerWidth,
        );
        assert.ok(overflow <= 0, `${name} is ${overflow} px too wide at ${width} px`);
      }
      await this.page.setViewportSize(size);
      await this.keepsPicture(`${name}-${colorScheme}`);
    }
  }
}
