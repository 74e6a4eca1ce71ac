/** An amount in the minor units of its currency. */
export interface Money {
  amount: number;
  currency: string;
}

/** Stripe counts these otherwise than ISO 4217: https://docs.stripe.com/currencies#special-cases. */
const STRIPE_DIGITS: Partial<Record<string, number>> = { ISK: 2, MGA: 0, UGX: 2 };

/** How many digits of an amount are minor units. */
function digitsOf(currency: string): number {
  const style = { style: "currency", currency } as const;
  const usual = new Intl.NumberFormat("en", style).resolvedOptions().maximumFractionDigits;
  return STRIPE_DIGITS[currency.toUpperCase()] ?? usual ?? 2;
}

/** Writes an amount as the reader's locale does: whole amounts without a fraction, others with all of it. */
export function formatMoney({ amount, currency }: Money): string {
  const style = { style: "currency", currency } as const;
  const digits = digitsOf(currency);
  const value = amount / 10 ** digits;
  const shown = Number.isInteger(value) ? 0 : digits;
  const fraction = { minimumFractionDigits: shown, maximumFractionDigits: shown };
  return new Intl.NumberFormat(undefined, { ...style, ...fraction }).format(value);
}

/** A day, such as "14 March 2027", in the reader's locale and time zone. */
export function formatDay(moment: string): string {
  return new Intl.DateTimeFormat(undefined, { dateStyle: "long" }).format(new Date(moment));
}

/** A day and time, such as "14 Mar 2027, 09:30", in the reader's locale and time zone. */
export function formatMoment(moment: string): string {
  const style = { dateStyle: "medium", timeStyle: "short" } as const;
  return new Intl.DateTimeFormat(undefined, style).format(new Date(moment));
}

/** `one` or `other` by the number, with the number: "1 seat", "5 seats". */
export function count(number: number, one: string, other = `${one}s`): string {
  return `${new Intl.NumberFormat().format(number)} ${number === 1 ? one : other}`;
}

/** Several things in one phrase: "Ann, Ben, and Cleo". */
export function listed(things: readonly string[]): string {
  return new Intl.ListFormat("en").format(things);
}

const ROLES = { OWNER: "Owner", ADMIN: "Admin", COLLABORATOR: "Collaborator" } as const;

export function roleName(role: keyof typeof ROLES): string {
  return ROLES[role];
}
