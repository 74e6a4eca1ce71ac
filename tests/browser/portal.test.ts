import assert from "node:assert/strict";
import { mkdtemp, readFile, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import type { Browser, Page } from "playwright-core";
import { openBrowser, Reader } from "./browser.ts";
import {
  ASKS_ALWAYS,
  FAILS_WHEN_CHARGED,
  fillCard,
  IS_DECLINED,
  PAYS,
  payWith,
} from "./checkout.ts";
import { linkMailedTo } from "./mail.ts";
import { Seatwise } from "./seatwise.ts";

/** The catalogue, but that Business begins with free days. */
async function catalogueWithTrial(): Promise<string> {
  const file = await readFile(join(import.meta.dirname, "../../catalog.toml"), "utf8");
  const path = join(await mkdtemp(join(tmpdir(), "seatwise-catalogue-")), "catalog.toml");
  await writeFile(path, file.replace('code = "BUSINESS"', "$&\ntrial_days = 14"));
  return path;
}

let seatwise: Seatwise;
let browser: Browser;

before(async () => {
  browser = await openBrowser();
  seatwise = await Seatwise.start({ SEATWISE_CATALOGUE: await catalogueWithTrial() });
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

type Role = Parameters<Page["getByRole"]>[0];

function tab(page: Page, name: string) {
  return page.getByRole("navigation").getByRole("link", { name });
}

/** When the page, which is left alone, first shows this text. */
async function firstShown(page: Page, text: string): Promise<number> {
  await page.getByText(text, { exact: true }).waitFor({ timeout: 60_000 });
  return Date.now();
}

test("an owner creates an organization, selects a plan, pays, and sees it become active", async (t) => {
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
  const onlooker = await openPortalAs("owner@acme.test", "organizations/umlaut-sohne/subscription");
  await onlooker.page.getByRole("button", { name: "Select Pro" }).waitFor();
  const seenByOnlooker = firstShown(onlooker.page, "Active");
  const asked = page.waitForRequest((request) => request.url().includes("billingSessionId="));
  await payWith(page, PAYS);
  await asked;
  const returned = Date.now();
  await page.getByText("Your subscription is active").waitFor();
  const shown = Date.now();
  const delivered = await seatwise.webhookArrivedAt("customer.subscription.created");
  t.diagnostic(`active ${shown - returned} ms after the return from the checkout`);
  t.diagnostic(`active on an open page ${(await seenByOnlooker) - delivered} ms after the webhook`);
  onlooker.hasNoComplaints();
  await page.getByRole("region", { name: "Pro" }).getByText("$1,440").waitFor();
  assert.equal(new URL(page.url()).pathname, "/portal/organizations/umlaut-sohne/subscription");
  await reader.inspects("portal-subscription");

  await tab(page, "Overview").click();
  await page.getByText("$1,440 will be charged").waitFor();
  await reader.inspects("portal-overview");
  reader.hasNoComplaints();
});

/** Goes on with Tab until this has the focus; fails if the focus cannot be seen on the way, or never gets there. */
async function tabTo(page: Page, role: Role, name: string): Promise<void> {
  const wanted = page.getByRole(role, { name, exact: true });
  await wanted.waitFor();
  for (let steps = 0; steps < 40; steps++) {
    if (await wanted.evaluate((element) => element === document.activeElement)) return;
    await page.keyboard.press("Tab");
    const unseen = await page.evaluate(() => {
      const { activeElement } = document;
      if (!activeElement || activeElement === document.body) return null;
      const marked = [activeElement, activeElement.nextElementSibling];
      const seen = marked.some((one) => one && getComputedStyle(one).outlineStyle === "solid");
      return seen ? null : activeElement.outerHTML;
    });
    assert.equal(unseen, null);
  }
  assert.fail(`Tab does not lead to the ${role} ${name}`);
}

async function pressOn(page: Page, role: Role, name: string): Promise<void> {
  await tabTo(page, role, name);
  await page.keyboard.press("Enter");
}

async function hasFocus(page: Page, role: Role, name: string): Promise<void> {
  const wanted = page.getByRole(role, { name, exact: true });
  await wanted.waitFor();
  await page.waitForFunction((one) => one === document.activeElement, await wanted.elementHandle());
}

test("the keyboard alone is enough to buy a plan, to change it, and to cancel it", async () => {
  const reader = await openPortalAs("owner@acme.test", "create");
  const { page } = reader;
  const { keyboard } = page;
  await tabTo(page, "textbox", "Display name");
  await keyboard.type("By Keyboard");
  await keyboard.press("Enter");
  await hasFocus(page, "heading", "By Keyboard");
  await pressOn(page, "link", "See the plans");
  await tabTo(page, "radio", "Monthly");
  await keyboard.press("ArrowRight");
  await tabTo(page, "button", "One seat fewer");
  for (let times = 0; times < 6; times++) await keyboard.press("Enter");
  await hasFocus(page, "button", "One seat fewer");
  await tabTo(page, "spinbutton", "Seats");
  await keyboard.type("3");
  await keyboard.press("Tab");
  await page.getByText("3 seats: $720 a year").waitFor();
  await pressOn(page, "button", "Select Pro");
  await payWith(page, PAYS);
  await page.getByText("Your subscription is active").waitFor();

  await pressOn(page, "button", "Change plan or seats");
  await hasFocus(page, "radio", "Pro");
  await keyboard.press("Escape");
  await hasFocus(page, "button", "Change plan or seats");
  await keyboard.press("Enter");
  await pressOn(page, "button", "One seat more");
  await pressOn(page, "button", "Show the price");
  await hasFocus(page, "heading", "What the change costs");
  await pressOn(page, "button", "Back");
  await hasFocus(page, "heading", "Change plan, interval or seats");
  await pressOn(page, "button", "Show the price");
  await pressOn(page, "button", "Pay and change");
  await page.getByText("$960", { exact: true }).waitFor();
  await hasFocus(page, "button", "Change plan or seats");

  await pressOn(page, "button", "Cancel subscription");
  const question = page.getByRole("dialog", { name: "Cancel the subscription?" });
  await question.waitFor();
  for (let times = 0; times < 8; times++) {
    await keyboard.press("Tab");
    const kept = await question.evaluate(
      (one) => one.contains(document.activeElement) || document.activeElement === document.body,
    );
    assert.ok(kept, "the focus stays in the dialog, or is the browser's");
  }
  await keyboard.press("Escape");
  await hasFocus(page, "button", "Cancel subscription");
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

test("an owner changes the display name, and who looks on sees it without reload or loss of what is typed", async () => {
  const owner = await openPortalAs("owner@globex.test", "organizations/globex/settings");
  const admin = await openPortalAs("admin@globex.test", "organizations/globex/members");
  await admin.page.getByText("Cleo Globex").waitFor();
  await admin.inspects("portal-members");
  await owner.inspects("portal-settings");
  await tab(admin.page, "Subscription").click();
  await admin.page.getByRole("button", { name: "Change plan or seats" }).click();
  const seats = admin.page.getByRole("dialog").getByRole("spinbutton", { name: "Seats" });
  await seats.fill("17");
  await owner.page.getByLabel("Display name").fill("Globex Worldwide");
  await owner.page.getByRole("button", { name: "Save" }).click();
  await owner.page.getByText("Saved.").waitFor();
  await admin.page.getByRole("heading", { name: "Globex Worldwide" }).waitFor();
  assert.equal(await seats.inputValue(), "17", "what is being typed stays");
  await admin.page.keyboard.press("Escape");
  await tab(admin.page, "Members").click();
  await admin.page.getByRole("searchbox").fill("cleo");
  await admin.page.getByText("1 member", { exact: true }).waitFor();
  owner.hasNoComplaints();
  admin.hasNoComplaints();
});

test("a collaborator sees what a collaborator may, and no more", async () => {
  const reader = await openPortalAs("collaborator@globex.test", "organizations/globex");
  await tab(reader.page, "Members").waitFor();
  assert.equal(await tab(reader.page, "Subscription").count(), 0);
  assert.equal(await tab(reader.page, "Audit log").count(), 0);
  await tab(reader.page, "Settings").click();
  await reader.page.getByRole("button", { name: "Leave" }).waitFor();
  assert.equal(await reader.page.getByRole("button", { name: "Delete" }).count(), 0);
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
  const ended = page.getByRole("dialog", { name: "Your sign-in has ended" });
  await ended.waitFor();
  await reader.inspects("portal-sign-in-ended");
  for (let times = 0; times < 4; times++) await page.keyboard.press("Escape");
  await ended.waitFor();
  await page.getByRole("button", { name: "Sign in again" }).click();
  await page.getByRole("heading", { name: "Typed before the end" }).waitFor();
  reader.hasNoComplaints();
});

test("who signs out while their token is renewed stays signed out", async () => {
  const reader = await openPortalAs("owner@acme.test");
  const { page } = reader;
  await page.route("**/.well-known/openid-configuration", async (route) => {
    const response = await route.fetch();
    const { end_session_endpoint: _, ...issuer } = await response.json();
    await route.fulfill({ response, json: issuer });
  });
  const renewal = Promise.withResolvers<() => Promise<void>>();
  await page.route("**/dev/issuer/token", async (route) => {
    const response = await route.fetch();
    const answer = await response.json();
    const isRenewal = route.request().postData()?.includes("grant_type=refresh_token");
    if (isRenewal) renewal.resolve(() => route.fulfill({ response, json: answer }));
    else await route.fulfill({ response, json: { ...answer, expires_in: 1 } });
  });
  await page.reload();
  const finishRenewal = await renewal.promise;
  await page.getByRole("button", { name: "Sign out" }).click();
  await page.getByRole("button", { name: "Sign in" }).waitFor();
  const renewed = page.waitForEvent("requestfinished", (request) =>
    request.url().endsWith("/dev/issuer/token"),
  );
  await finishRenewal();
  await renewed;
  await page.evaluate(() => fetch("/healthz")); // by its answer the page has seen the other one
  await page.getByRole("button", { name: "Sign in" }).waitFor();
  assert.equal(await page.getByRole("button", { name: "Sign out" }).count(), 0);
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

async function invite(page: Page, address: string): Promise<void> {
  await page.getByLabel("E-mail address to invite").fill(address);
  await page.getByRole("button", { name: "Invite", exact: true }).click();
}

/** Opens the link of an invitation's mail and signs in with the address that was invited. */
async function openInvitation(address: string): Promise<Reader> {
  const reader = await Reader.open(browser, seatwise.url);
  await reader.page.goto(await linkMailedTo(seatwise.url, address));
  await reader.page.getByRole("button", { name: "Sign in" }).click();
  await reader.page.getByLabel("E-mail address").fill(address);
  await reader.page.getByRole("button", { name: "Sign in" }).click();
  return reader;
}

test("people are invited until the seats are taken, join, change roles, are locked out and removed", async () => {
  const owner = await openPortalAs("owner@globex.test", "organizations/globex/members");
  await invite(owner.page, "nina@globex.test");
  await owner.page.getByText("An invitation is on its way to nina@globex.test.").waitFor();
  await invite(owner.page, "noah@globex.test");
  await owner.page.getByText("2 reserved").waitFor();
  await owner.inspects("portal-invitations");
  await invite(owner.page, "one.too.many@globex.test");
  await owner.page.getByRole("alert").waitFor();
  await owner.inspects("portal-seat-limit");
  await owner.page
    .getByRole("button", { name: "Cancel the invitation to noah@globex.test" })
    .click();
  await owner.page.getByText("1 reserved").waitFor();

  const nina = await openInvitation("nina@globex.test");
  await nina.page.getByRole("button", { name: "Join as nina@globex.test" }).waitFor();
  await nina.inspects("portal-invitation");
  await nina.page.getByRole("button", { name: "Join as nina@globex.test" }).click();
  await nina.page.getByRole("heading", { name: /^Globex/ }).waitFor();
  await owner.page.getByText("0 reserved").waitFor();

  const manage = owner.page.getByRole("button", { name: "Manage Nina" });
  await manage.click();
  await owner.page.getByRole("dialog").getByRole("radio", { name: "Admin" }).check();
  await owner.inspects("portal-manage-member");
  await owner.page.getByRole("button", { name: "Save role" }).click();
  await tab(nina.page, "Subscription").waitFor();

  await manage.click();
  await owner.page.getByRole("button", { name: "Deactivate" }).click();
  await owner.page.getByText("Deactivated by an admin").waitFor();
  await nina.page.reload();
  await nina.page.getByText("You are locked out of this organization.").waitFor();
  await manage.click();
  await owner.page.getByRole("button", { name: "Reactivate" }).click();
  await owner.page.getByText("Deactivated by an admin").waitFor({ state: "detached" });
  await nina.page.evaluate(() => document.dispatchEvent(new Event("visibilitychange")));
  await tab(nina.page, "Members").waitFor();

  await manage.click();
  await owner.page.getByRole("button", { name: "Remove" }).click();
  const question = owner.page.getByRole("dialog", { name: /^Remove Nina/ });
  await question.getByRole("button", { name: "Remove" }).click();
  await nina.page.getByText("There is no such organization").waitFor();
  await manage.waitFor({ state: "detached" });

  await tab(owner.page, "Audit log").click();
  await owner.page.getByText("Member removed").first().waitFor();
  await owner.inspects("portal-audit-log");
  owner.hasNoComplaints();
  nina.hasNoComplaints();
});

test("an organization is handed over, left, and deleted by who owns it then", async () => {
  const owner = await openPortalAs("owner@globex.test", "organizations/globex/settings");
  await owner.page.getByLabel("The new owner's address").fill("admin@globex.test");
  await owner.page.getByRole("button", { name: "Transfer" }).click();
  const transfer = owner.page.getByRole("dialog", { name: /^Make Amir/ });
  await transfer.getByRole("button", { name: "Transfer" }).click();
  await owner.page.getByRole("button", { name: "Leave" }).click();
  await owner.inspects("portal-leave");
  await owner.page.getByRole("dialog").getByRole("button", { name: "Leave" }).click();
  await owner.page.getByText("You belong to no organization yet").waitFor();

  const heir = await openPortalAs("admin@globex.test", "organizations/globex/settings");
  await heir.page.getByRole("button", { name: "Delete" }).click();
  const deletion = heir.page.getByRole("dialog", { name: /^Delete Globex/ });
  await deletion.getByLabel("Type globex to confirm").fill("globe");
  await deletion.getByRole("button", { name: "Delete" }).click();
  await heir.inspects("portal-delete");
  await deletion.getByLabel("Type globex to confirm").fill("globex");
  await deletion.getByRole("button", { name: "Delete" }).click();
  await heir.page.getByText("You belong to no organization yet").waitFor();
  owner.hasNoComplaints();
  heir.hasNoComplaints();
});

test("billing that is out of order is told with the number under which the log has it", async () => {
  const reader = await openPortalAs("owner@acme.test", "organizations/acme/subscription");
  const { page } = reader;
  await page.getByRole("button", { name: "One seat more" }).click();
  await seatwise.stripeRefuses("POST /v1/checkout/sessions");
  await page.getByRole("button", { name: "Select Pro" }).click();
  await page.getByText(/^Payments are out of order on our side\..* [0-9a-f]{32}\.$/).waitFor();
  await reader.inspects("portal-out-of-order");
  await seatwise.stripeRefuses();
  reader.hasNoComplaints();
});

test("a subscription is changed with its quote, called off, cancelled, resumed, let expire, and renewed", async () => {
  const reader = await openPortalAs("owner@acme.test", "organizations/acme/subscription");
  const { page } = reader;
  await page.getByRole("button", { name: "Select Pro" }).click();
  await payWith(page, PAYS);
  await page.getByText("Your subscription is active").waitFor();

  await page.getByRole("button", { name: "Change plan or seats" }).click();
  await page.getByRole("button", { name: "One seat more" }).click();
  await reader.inspects("portal-change");
  await page.getByRole("button", { name: "Show the price" }).click();
  await page.getByRole("row", { name: "Due now" }).waitFor();
  await reader.inspects("portal-quote");
  await page.getByRole("button", { name: "Pay and change" }).click();
  await page.getByText("$150", { exact: true }).waitFor();

  await page.getByRole("button", { name: "Change plan or seats" }).click();
  await page.getByLabel("Seats", { exact: true }).fill("3");
  await page.getByRole("button", { name: "Show the price" }).click();
  await page.getByRole("button", { name: "Change", exact: true }).click();
  await page.getByText("A change is scheduled.").waitFor();
  await reader.inspects("portal-scheduled-change");
  await page.getByRole("button", { name: "Call it off" }).click();
  await page.getByText("A change is scheduled.").waitFor({ state: "detached" });

  const cancel = async () => {
    await page.getByRole("button", { name: "Cancel subscription" }).click();
    const dialog = page.getByRole("dialog");
    await dialog.getByLabel(/^Why do you cancel/).selectOption("It costs too much");
    await dialog.getByLabel(/^What could be better/).fill("A discount for two years");
    await reader.inspects("portal-cancel");
    await dialog.getByRole("button", { name: "Cancel subscription" }).click();
    await page.getByText(/^The subscription ends on/).waitFor();
  };
  await cancel();
  assert.equal(await page.getByRole("button", { name: "Cancel subscription" }).count(), 0);
  await reader.inspects("portal-cancelled");
  await page.getByRole("button", { name: "Resume" }).click();
  await page.getByText(/^The subscription ends on/).waitFor({ state: "detached" });

  await cancel();
  await seatwise.clock("32d");
  await page.getByText("The subscription has ended.").waitFor();
  await reader.inspects("portal-grace");
  await page.getByRole("button", { name: "Select Business" }).click();
  await payWith(page, PAYS);
  await page.getByText("Your subscription is active").waitFor();
  assert.equal(await page.getByText("The subscription has ended.").count(), 0);
  reader.hasNoComplaints();
});

/** Buys PRO for an organization of this name; the page shows the subscription afterwards. */
async function buyFor(page: Page, displayName: string): Promise<void> {
  await page.getByLabel("Display name").fill(displayName);
  await page.getByRole("button", { name: "Create" }).click();
  await page.getByRole("link", { name: "See the plans" }).click();
  await page.getByRole("button", { name: "Select Pro" }).click();
  await payWith(page, PAYS);
  await page.getByText("Your subscription is active").waitFor();
}

/** Charges another card from now on. */
async function replaceCard(page: Page, card: string): Promise<void> {
  await page.getByRole("button", { name: "Billing" }).click();
  await page.getByText("Replace it").click();
  await fillCard(page, card);
  await page.getByRole("button", { name: "Save card" }).click();
  await page.getByRole("link", { name: "Return" }).click();
  await page.getByText(`Visa ···· ${card.slice(-4)}`).waitFor();
}

test("a plan with free days says so, begins with them, and ends with them for nothing", async () => {
  const reader = await openPortalAs("owner@acme.test", "create");
  const { page } = reader;
  await page.getByLabel("Display name").fill("On Trial");
  await page.getByRole("button", { name: "Create" }).click();
  await page.getByRole("link", { name: "See the plans" }).click();
  await page.getByText("14 days free, then 5 seats: $200 a month").waitFor();
  await page.getByRole("button", { name: "Select Business" }).click();
  await payWith(page, PAYS);
  await page.getByText("Trial", { exact: true }).waitFor();
  await page.getByRole("button", { name: "Cancel subscription" }).click();
  const question = page.getByRole("dialog", { name: "Cancel the subscription?" });
  await question.getByText(/with the trial, and nothing is charged/).waitFor();
  await question.getByRole("button", { name: "Cancel subscription" }).click();
  await page.getByText(/^The subscription ends on/).waitFor();
  await reader.inspects("portal-trial");
  reader.hasNoComplaints();
});

test("with fewer seats than people, those who keep theirs are chosen", async () => {
  const reader = await openPortalAs("owner@acme.test", "create");
  const { page } = reader;
  await buyFor(page, "Keepers");
  await tab(page, "Members").click();
  for (const name of ["first", "second", "third"]) {
    await invite(page, `${name}@keepers.test`);
    const joining = await openInvitation(`${name}@keepers.test`);
    await joining.page.getByRole("button", { name: `Join as ${name}@keepers.test` }).click();
    await joining.page.getByRole("heading", { name: /^Keepers/ }).waitFor();
    await joining.context.close();
  }
  await tab(page, "Subscription").click();
  await page.getByRole("button", { name: "Change plan or seats" }).click();
  const dialog = page.getByRole("dialog");
  assert.equal(await dialog.getByRole("checkbox").count(), 0);
  await dialog.getByLabel("Seats", { exact: true }).fill("2");
  await dialog.getByLabel("Seats", { exact: true }).blur();
  assert.ok(await dialog.getByRole("checkbox", { name: /Owner/ }).isDisabled());
  await dialog.getByRole("checkbox", { name: /third@keepers.test/ }).check();
  assert.ok(await dialog.getByRole("checkbox", { name: /first@keepers.test/ }).isDisabled());
  await reader.inspects("portal-keep");
  await dialog.getByRole("button", { name: "Show the price" }).click();
  await dialog.getByText("First and Second will lose their seat.").waitFor();
  await reader.inspects("portal-losing-seats");
  await dialog.getByRole("button", { name: "Change", exact: true }).click();
  await page.getByText("A change is scheduled.").waitFor();
  await seatwise.clock("32d");
  await tab(page, "Members").click();
  await page.getByText("There was no seat left").first().waitFor();
  assert.equal(await page.getByText("There was no seat left").count(), 2);
  reader.hasNoComplaints();
});

test("a payment that the bank wants confirmed is finished in a tab beside, and the page notices", async () => {
  const reader = await openPortalAs("owner@acme.test", "create");
  const { page } = reader;
  await buyFor(page, "Careful Bank");
  await replaceCard(page, ASKS_ALWAYS);
  await page.getByRole("button", { name: "Change plan or seats" }).click();
  await page.getByRole("button", { name: "One seat more" }).click();
  await page.getByRole("button", { name: "Show the price" }).click();
  await page.getByRole("button", { name: "Pay and change" }).click();
  const dialog = page.getByRole("dialog");
  await page.getByRole("heading", { name: "Your bank wants you to confirm the payment" }).waitFor();
  await reader.inspects("portal-confirm-payment");
  const opening = reader.context.waitForEvent("page");
  await dialog.getByRole("link", { name: /^Pay now/ }).click();
  const bank = await opening;
  await bank.getByRole("button", { name: "Confirm with your bank" }).click();
  await bank.getByRole("button", { name: "Complete authentication" }).click();
  await bank.getByText(/paid on/).waitFor();
  await bank.close();
  await dialog.waitFor({ state: "detached" });
  await page.getByRole("region", { name: "Pro" }).getByText("6", { exact: true }).waitFor();
  assert.equal(await page.getByText("A change waits for its payment.").count(), 0);
  reader.hasNoComplaints();
});

test("a payment that fails later is shown with the page that pays it", async () => {
  const reader = await openPortalAs("owner@acme.test", "create");
  const { page } = reader;
  await buyFor(page, "Late Payers");
  await replaceCard(page, FAILS_WHEN_CHARGED);

  await seatwise.clock("32d");
  await page.getByText(/^A payment failed/).waitFor();
  await reader.inspects("portal-payment-failed");
  await tab(page, "Overview").click();
  await page.getByText(/^A payment failed/).waitFor();
  const opening = reader.context.waitForEvent("page");
  await page.getByRole("link", { name: /^Pay now/ }).click();
  const invoice = await opening;
  await fillCard(invoice, PAYS);
  await invoice.getByRole("button", { name: /^Pay \$/ }).click();
  await invoice.getByText(/paid on/).waitFor();
  await invoice.close();
  await page.getByText(/^A payment failed/).waitFor({ state: "detached" });
  await tab(page, "Subscription").click();
  await page.getByText("Active", { exact: true }).waitFor();
  reader.hasNoComplaints();
});
