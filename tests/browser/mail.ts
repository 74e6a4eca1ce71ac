import assert from "node:assert/strict";
import { setTimeout } from "node:timers/promises";

interface Outbox {
  mails: { text: string }[];
}

const TRIES = 100;
const BETWEEN_TRIES_MILLISECONDS = 100;

/** Reads the newest mail to an address on the development mail page, once it is there, and gives the link in it. */
export async function linkMailedTo(origin: string, address: string): Promise<string> {
  const url = `${origin}/dev/mail.json?to=${encodeURIComponent(address)}`;
  for (let tried = 0; tried < TRIES; tried++) {
    const { mails } = (await (await fetch(url)).json()) as Outbox;
    const link = mails[0]?.text.match(/https?:\/\/\S+/)?.[0];
    if (link) return link;
    await setTimeout(BETWEEN_TRIES_MILLISECONDS);
  }
  return assert.fail(`no mail with a link was sent to ${address}`);
}
