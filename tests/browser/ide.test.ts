import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type { Browser, Page } from "playwright-core";
import { openBrowser, Reader } from "./browser.ts";
import { PAYS, payWith } from "./checkout.ts";
import { Seatwise } from "./seatwise.ts";

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
  const { page, context } = reader;
  await signIn(page, "owner@acme.test");
  await run(page, "SelectPlan");
  await answers(page, /"kind":\s"CHECKOUT"/);
  const [checkout] = await Promise.all([
    context.waitForEvent("page"),
    page
      .locator(".graphiql-response .detected-link")
      .first()
      .click({ modifiers: ["ControlOrMeta"] }),
  ]);

  await run(page, "LiveUpdates");
  await payWith(checkout, PAYS);
  await checkout.getByRole("button", { name: "Signed in as owner@acme.test" }).waitFor();
  await checkout.getByRole("tab", { name: "LiveUpdates" }).waitFor();

  await page.bringToFront();
  await answers(page, /"status":\s"ACTIVE"/);
  await reader.keepsPicture("ide");
  reader.hasNoComplaints();
});
