// Where the server under test is, and who asks. `run.ts` says so.
function fromEnvironment(name: string): string {
  const value = process.env[name];
  if (!value) throw new Error(`${name} is not set: start the tests by \`npm test\``);
  return value;
}

export const url = `${fromEnvironment("SEATWISE_URL")}/graphql`;
export const socketUrl = url.replace("http", "ws");
export const token = () => fromEnvironment("SEATWISE_TOKEN");
export const authorization = `Bearer ${token()}`;
const sandboxUrl = fromEnvironment("SEATWISE_SANDBOX_URL");

/** What a person does on the checkout page, by the sandbox's control. */
export async function pay(checkoutUrl: string): Promise<void> {
  const checkout = new URL(checkoutUrl).pathname.split("/").at(-1);
  const response = await fetch(`${sandboxUrl}/_control/checkout/${checkout}/complete`, {
    method: "POST",
    headers: { authorization: "Bearer sk_test_seatwise_development" },
    body: JSON.stringify({ card: "4242424242424242", email: "billing@example.test" }),
  });
  if (!response.ok) throw new Error(await response.text());
}
