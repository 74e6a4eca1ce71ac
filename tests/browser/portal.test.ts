import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type { Browser, Page } from "playwright-core";
import { openBrowser, Reader } from "./browser.ts";
import { IS_DECLINED, PAYS, payWith } from "./checkout.ts";
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

/** Opens an address of the portal and signs in on the issuer's page. */
async function openPortalAs(email: string, address = ""): Promise<Reader> {
  const reader = await Reader.open(browser, seatwise.url);
  await reader.page.goto(`${seatwise.url}/portal/${address}`);
  await reader.page.getByRole("button", { name: "Sign in" }).click();
  await reader.page.getByRole("button", { name: email }).click();
  await reader.page.getByRole("button", { name: "Sign out" }).waitFor();
  return reader;
}

function tab(page: Page, name: string) {
  return page.getByRole("navigation").getByRole("link", { name });
}

test("an owner creates an organization, selects a plan, pays, and sees it become active", async () => {
  const reader = await openPortalAs("owner@acme.test");
  const { page } = reader;
  await page.getByText("acme · Owner").waitFor();
  await reader.inspects("portal-organizations");

  await page.getByRole("link", { name: "Create organization" }).click();
  await page.getByLabel("Display name").fill("Ümlaut & Söhne");
  assert.equal(await page.getByLabel(/^Name/).inputValue(), "umlaut-sohne");
  await reader.inspects("portal-create");
  await page.getByRole("button", { name: "Create" }).click();
  await page.getByRole("heading", { name: "Ümlaut & Söhne" }).waitFor();

  await page.getByRole("link", { name: "See the plans" }).click();
  await page.getByRole("radio", { name: /Annual.*save up to 20 %/ }).check();
  await page.getByRole("button", { name: "One seat more" }).click();
  await page.getByText("6 seats: $1,440 a year").waitFor();
  await reader.inspects("portal-plans");
  await page.getByRole("button", { name: "Select Pro" }).click();

  await payWith(page, IS_DECLINED);
  await page.getByRole("alert").waitFor();
  await payWith(page, PAYS);
  await page.getByText("Your subscription is active").waitFor();
  await page.getByText("$1,440 a year").waitFor();
  assert.equal(new URL(page.url()).pathname, "/portal/organizations/umlaut-sohne/subscription");
  await reader.inspects("portal-subscription");

  await tab(page, "Overview").click();
  await page.getByText("The subscription renews.").waitFor();
  await reader.inspects("portal-overview");
  reader.hasNoComplaints();
});

test("a checkout that was left can be continued", async () => {
  const { page } = await openPortalAs("owner@acme.test", "organizations/acme/subscription");
  await page.getByRole("button", { name: "Select Pro" }).click();
  await page.getByLabel("Card number").waitFor();
  await page.goto(`${seatwise.url}/portal/organizations/acme/subscription`);
  await page.getByRole("button", { name: "Continue to payment" }).click();
  await page.getByLabel("Card number").waitFor();
});

test("an owner changes the display name, and somebody who looks on sees it without reload", async () => {
  const owner = await openPortalAs("owner@globex.test", "organizations/globex/settings");
  const admin = await openPortalAs("admin@globex.test", "organizations/globex/members");
  await admin.page.getByText("Cleo Globex").waitFor();
  await admin.inspects("portal-members");
  await owner.inspects("portal-settings");
  await owner.page.getByLabel("Display name").fill("Globex Worldwide");
  await owner.page.getByRole("button", { name: "Save" }).click();
  await owner.page.getByText("Saved.").waitFor();
  await admin.page.getByRole("heading", { name: "Globex Worldwide" }).waitFor();
  await admin.page.getByRole("searchbox").fill("cleo");
  await admin.page.getByText("1 member", { exact: true }).waitFor();
  owner.hasNoComplaints();
  admin.hasNoComplaints();
});

test("a collaborator sees what a collaborator may, and no more", async () => {
  const reader = await openPortalAs("collaborator@globex.test", "organizations/globex");
  await tab(reader.page, "Members").waitFor();
  assert.equal(await tab(reader.page, "Subscription").count(), 0);
  assert.equal(await tab(reader.page, "Settings").count(), 0);
  await reader.page.goto(`${seatwise.url}/portal/organizations/globex/subscription`);
  await reader.page.getByText("There is nothing here").waitFor();
  reader.hasNoComplaints();
});

test("somebody who belongs nowhere is told what to do, and finds no organization of others", async () => {
  const reader = await openPortalAs("outsider@example.test");
  await reader.page.getByText("You belong to no organization yet").waitFor();
  await reader.inspects("portal-empty");
  await reader.page.goto(`${seatwise.url}/portal/organizations/globex`);
  await reader.page.getByText("There is no such organization").waitFor();
  reader.hasNoComplaints();
});

test("a sign-in that ends is asked for again, and what was typed stays", async () => {
  const reader = await openPortalAs("owner@acme.test", "create");
  const { page } = reader;
  await page.route(
    "**/dev/issuer/token",
    async (route) => {
      const response = await route.fetch();
      const { refresh_token: _, ...answer } = await response.json();
      await route.fulfill({ response, json: { ...answer, expires_in: 1 } });
    },
    { times: 1 },
  );
  await page.reload();
  await page.getByLabel("Display name").fill("Typed before the end");
  await page.getByRole("button", { name: "Create" }).click();
  await page.getByRole("dialog", { name: "Your sign-in has ended" }).waitFor();
  await reader.inspects("portal-sign-in-ended");
  await page.getByRole("button", { name: "Sign in again" }).click();
  await page.getByRole("heading", { name: "Typed before the end" }).waitFor();
  reader.hasNoComplaints();
});

test("tokens are kept in memory only, and sign-out lasts", async () => {
  const { page } = await openPortalAs("owner@acme.test");
  const stored = await page.evaluate(() => [sessionStorage.length, localStorage.length]);
  assert.deepEqual(stored, [0, 0]);
  await page.getByRole("button", { name: "Sign out" }).click();
  await page.getByRole("button", { name: "Sign in" }).waitFor();
  await page.reload();
  await page.getByRole("button", { name: "Sign in" }).waitFor();
});
