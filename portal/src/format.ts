/** An amount in the minor units of its currency. */
export interface Money {
  amount: number;
  currency: string;
}

/** Writes an amount as the reader's locale does: whole amounts without a fraction, others with all of it. */
export function formatMoney({ amount, currency }: Money): string {
  const style = { style: "currency", currency } as const;
  const digits =
    new Intl.NumberFormat(undefined, style).resolvedOptions().maximumFractionDigits ?? 2;
  const value = amount / 10 ** digits;
  const shown = Number.isInteger(value) ? 0 : digits;
  return new Intl.NumberFormat(undefined, { ...style, minimumFractionDigits: shown }).format(value);
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

const ROLES = { OWNER: "Owner", ADMIN: "Admin", COLLABORATOR: "Collaborator" } as const;

export function roleName(role: keyof typeof ROLES): string {
  return ROLES[role];
}
