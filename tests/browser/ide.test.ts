import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type { Browser, Page } from "playwright-core";
import { openBrowser, Reader } from "./browser.ts";
import { PAYS, payWith } from "./checkout.ts";
import { Seatwise } from "./seatwise.ts";

const CLICKS = 4;
const CLICK_MS = 5_000;

let seatwise: Seatwise;
let browser: Browser;

before(async () => {
  browser = await openBrowser();
  seatwise = await Seatwise.start();
});

after(async () => {
  await browser?.close();
  await seatwise?.stop();
});

async function openIde(): Promise<Reader> {
  const reader = await Reader.open(browser, seatwise.url);
  await reader.page.goto(`${seatwise.url}/graphql`);
  await reader.page.getByRole("tab", { name: "WhoAmI" }).waitFor();
  return reader;
}

async function signIn(page: Page, email: string): Promise<void> {
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.getByRole("menuitem", { name: email }).click();
  await page.getByRole("button", { name: `Signed in as ${email}` }).waitFor();
}

/** Opens the tab of an example and runs it, once GraphiQL has read what the tab holds. */
async function run(page: Page, name: string): Promise<void> {
  const tab = page.getByRole("tab", { name });
  await page.locator(".graphiql-query-editor .view-lines").filter({ hasText: "{" }).waitFor();
  if ((await tab.getAttribute("aria-selected")) !== "true") {
    await tab.click();
    await page.waitForFunction(
      (text) => localStorage.getItem("graphiql:query")?.includes(text),
      name,
    );
  }
  await page.getByRole("button", { name: /^Execute query/ }).click();
}

/** Waits until the answer says this. The editor writes hard spaces: `\\s` stands for them. */
async function answers(page: Page, text: RegExp): Promise<void> {
  await page.locator(".graphiql-response .view-lines").filter({ hasText: text }).waitFor();
}

/**
 * Follows the first link of the answer, as people do: if nothing opens, clicks again. The editor draws the link anew
 * when the mouse comes (`force`: Playwright takes a new element for another one), and forgets a click when it scrolls.
 */
async function follow(page: Page): Promise<Page> {
  const link = page.locator(".graphiql-response [class*=detected-link]").first();
  for (let clicks = 1; ; clicks++) {
    const opening = page
      .waitForEvent("popup", { timeout: CLICK_MS })
      .catch((error: Error) => error);
    await link.click({ modifiers: ["ControlOrMeta"], force: true });
    const opened = await opening;
    if (!(opened instanceof Error)) return opened;
    if (clicks === CLICKS) throw opened;
  }
}

test("signed out, it shows the examples and answers what needs no sign-in", async () => {
  const reader = await openIde();
  const titles = await reader.page.getByRole("tab").allInnerTexts();
  assert.deepEqual(titles, ["WhoAmI", "Plans", "SelectPlan", "MySubscription", "LiveUpdates"]);
  await run(reader.page, "WhoAmI");
  await answers(reader.page, /"viewer":\snull/);
  await run(reader.page, "Plans");
  await answers(reader.page, /"code":\s"FREE"/);
  reader.hasNoComplaints();
});

test("a demo user signs in, stays signed in over a reload, and signs out", async () => {
  const { page } = await openIde();
  await signIn(page, "owner@globex.test");
  await run(page, "MySubscription");
  await answers(page, /"status":\s"ACTIVE"/);
  await page.reload();
  await page.getByRole("button", { name: "Signed in as owner@globex.test" }).click();
  await page.getByRole("menuitem", { name: "Sign out" }).click();
  await page.getByRole("button", { name: "Sign in" }).waitFor();
  assert.equal(await page.evaluate(() => sessionStorage.length), 0);
});

test("a plan is selected, paid for at the checkout, and seen live", async () => {
  const reader = await openIde();
  const { page } = reader;
  await signIn(page, "owner@acme.test");
  await run(page, "SelectPlan");
  await answers(page, /"kind":\s"CHECKOUT"/);
  const checkout = await follow(page);

  await run(page, "LiveUpdates");
  await payWith(checkout, PAYS);
  await checkout.getByRole("button", { name: "Signed in as owner@acme.test" }).waitFor();
  await checkout.getByRole("tab", { name: "LiveUpdates" }).waitFor();

  await page.bringToFront();
  await answers(page, /"status":\s"ACTIVE"/);
  await reader.keepsPicture("ide");
  reader.hasNoComplaints();
});

test("on a phone the answer stands below the editor, both as wide as there is room", async () => {
  const reader = await openIde();
  const { page } = reader;
  await page.setViewportSize({ width: 360, height: 740 });
  await run(page, "WhoAmI");
  await answers(page, /"viewer":\snull/);
  const editor = await page.locator(".graphiql-editors").boundingBox();
  const answer = await page.locator(".graphiql-response").boundingBox();
  assert.ok(editor && answer);
  assert.ok(answer.y >= editor.y + editor.height, "the answer is not below the editor");
  for (const { width, height } of [editor, answer]) {
    assert.ok(width >= 260 && height >= 150, `${width} x ${height} px`);
  }
  await reader.keepsPicture("ide-360");
});
