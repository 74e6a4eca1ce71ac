import type { Page } from "playwright-core";

/** Cards of the sandbox, as Stripe's test mode has them. */
export const PAYS = "4242 4242 4242 4242";
export const IS_DECLINED = "4000 0000 0000 0002";
export const FAILS_WHEN_CHARGED = "4000 0000 0000 0341";
export const ASKS_ALWAYS = "4000 0027 6000 3184";

/** Fills the fields of a card, on whichever page of the sandbox. */
export async function fillCard(page: Page, card: string): Promise<void> {
  await page.getByLabel("Card number").fill(card);
  await page.getByLabel("Expiry").fill("12 / 40");
  await page.getByLabel("CVC").fill("123");
}

/** Fills the card form of the checkout page and sends it. */
export async function payWith(page: Page, card: string): Promise<void> {
  const email = page.getByLabel("Email");
  if (await email.count()) await email.fill("billing@example.test");
  await fillCard(page, card);
  await page.getByLabel("Cardholder name").fill("Ada Acme");
  await page.getByRole("button", { name: /^(Subscribe|Start trial)$/ }).click();
}
