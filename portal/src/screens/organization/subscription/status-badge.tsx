import type { Subscription } from "./subscription.tsx";

const STATUSES: Record<Subscription["status"], [label: string, tone: string]> = {
  TRIALING: ["Trial", "good"],
  ACTIVE: ["Active", "good"],
  PAST_DUE: ["Payment failed", "warn"],
  UNPAID: ["Unpaid", "bad"],
  PAUSED: ["Paused", "bad"],
  CANCELED: ["Ended", "bad"],
  INCOMPLETE: ["Waiting for payment", "warn"],
  INCOMPLETE_EXPIRED: ["Never paid", "bad"],
};

/** The subscription's status in a word. */
export function StatusBadge({ status }: { status: Subscription["status"] }) {
  const [label, tone] = STATUSES[status];
  return <span class={`badge ${tone}`}>{label}</span>;
}
