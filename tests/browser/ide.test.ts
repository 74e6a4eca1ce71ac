import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type { Browser, Page } from "playwright-core";
import { openBrowser, Reader } from "./browser.ts";
import { PAYS, payWith } from "./checkout.ts";
import { Seatwise } from "./seatwise.ts";

let seatwise: Seatwise;
let browser: Browser;

before(async () => {
  [seatwise, browser] = await Promise.all([Seatwise.start(), openBrowser()]);
});

after(async () => {
  await browser?.close();
  await seatwise?.stop();
});

async function openIde(): Promise<Reader> {
  const reader = await Reader.open(browser);
  await reader.page.goto(`${seatwise.url}/graphql`);
  await reader.page.getByRole("tab", { name: "WhoAmI" }).waitFor();
  return reader;
}

async function signIn(page: Page, email: string): Promise<void> {
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.getByRole("menuitem", { name: email }).click();
  await page.getByRole("button", { name: `Signed in as ${email}` }).waitFor();
}

/** Runs the operation of a tab and waits until its answer says what is expected. */
async function run(page: Page, tab: string, expected: RegExp): Promise<void> {
  await page.getByRole("tab", { name: tab }).click();
  await page.getByRole("button", { name: /^Execute query/ }).click();
  await page.locator(".graphiql-response .view-lines").filter({ hasText: expected }).waitFor();
}

test("signed out, it shows the examples and answers what needs no sign-in", async () => {
  const reader = await openIde();
  const titles = await reader.page.getByRole("tab").allInnerTexts();
  assert.deepEqual(titles, ["WhoAmI", "Plans", "SelectPlan", "MySubscription", "LiveUpdates"]);
  await run(reader.page, "WhoAmI", /"viewer": null/);
  await run(reader.page, "Plans", /"code": "PRO"/);
  reader.hasNoComplaints();
});

test("a demo user signs in, stays signed in over a reload, and signs out", async () => {
  const { page } = await openIde();
  await signIn(page, "owner@globex.test");
  await run(page, "MySubscription", /"status": "ACTIVE"/);
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
  await run(page, "SelectPlan", /"kind": "CHECKOUT"/);
  const [checkout] = await Promise.all([
    context.waitForEvent("page"),
    page
      .locator(".graphiql-response .detected-link")
      .first()
      .click({ modifiers: ["ControlOrMeta"] }),
  ]);

  await page.getByRole("tab", { name: "LiveUpdates" }).click();
  await page.getByRole("button", { name: /^Execute query/ }).click();
  await payWith(checkout, PAYS);

  await page
    .locator(".graphiql-response .view-lines")
    .filter({ hasText: /"status": "ACTIVE"/ })
    .waitFor();
  await checkout.getByRole("button", { name: "Signed in as owner@acme.test" }).waitFor();
  await checkout.getByRole("tab", { name: "LiveUpdates" }).waitFor();
  await reader.keepsPicture("ide");
  reader.hasNoComplaints();
});
