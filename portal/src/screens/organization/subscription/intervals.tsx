import type { Plan } from "./subscription.tsx";

export type Interval = "MONTHLY" | "ANNUAL";

export const PER_INTERVAL = { MONTHLY: "a month", ANNUAL: "a year" } as const;
export const BILLED = { MONTHLY: "billed monthly", ANNUAL: "billed annually" } as const;

function largestSaving(plans: readonly Plan[]): number {
  const prices = plans.flatMap((plan) => plan.prices);
  return Math.max(0, ...prices.map((price) => price.annualDiscountPercent ?? 0));
}

/** Monthly or annual, with what annual saves at most. */
export function intervalOptions(plans: readonly Plan[]) {
  const saving = largestSaving(plans);
  const annual = <>Annual {saving > 0 && <span class="saving">save up to {saving} %</span>}</>;
  return [
    { value: "MONTHLY", label: "Monthly" },
    { value: "ANNUAL", label: annual },
  ] as const;
}
