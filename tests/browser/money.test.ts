import assert from "node:assert/strict";
import { test } from "node:test";
import { formatMoney } from "../../portal/src/format.ts";

test("amounts are read in the minor units that Stripe counts them in", () => {
  const digits = (amount: number, currency: string) =>
    formatMoney({ amount, currency }).replaceAll(/\D/g, "");
  assert.equal(digits(123_400, "USD"), "1234");
  assert.equal(digits(123_450, "USD"), "123450");
  assert.equal(digits(1_234, "JPY"), "1234");
  assert.equal(digits(1_234_560, "KWD"), "1234560");
  assert.equal(digits(123_400, "ISK"), "1234");
  assert.equal(digits(123_400, "UGX"), "1234");
  assert.equal(digits(1_234, "MGA"), "1234");
});
