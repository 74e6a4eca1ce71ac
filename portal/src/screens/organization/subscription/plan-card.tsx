import { Button } from "../../../components/button.tsx";
import { count, formatMoney } from "../../../format.ts";
import { type Interval, PER_INTERVAL } from "./intervals.tsx";
import type { Plan } from "./subscription.tsx";

type Price = Plan["prices"][number];

function Amount({ price }: { price: Price | undefined }) {
  if (!price) return <p class="plan-price">Free</p>;
  return (
    <p class="plan-price">
      {formatMoney(price.perMonth)} <span class="soft">per seat and month</span>
    </p>
  );
}

interface TotalProps {
  price: Price;
  seats: number;
  /** The free days come first. */
  onTrial: boolean;
}

function Total({ price, seats, onTrial }: TotalProps) {
  const total = { ...price.unitAmount, amount: price.unitAmount.amount * seats };
  return (
    <p class="plan-total">
      {onTrial && price.trialDays > 0 && `${count(price.trialDays, "day")} free, then `}
      {count(seats, "seat")}: <strong>{formatMoney(total)}</strong> {PER_INTERVAL[price.interval]}
      {price.interval === "ANNUAL" && price.annualDiscountPercent ? (
        <span class="saving">{Math.round(price.annualDiscountPercent)} % less</span>
      ) : null}
    </p>
  );
}

function seatBounds({ minimumSeats, maximumSeats }: Plan): string {
  if (minimumSeats === maximumSeats) return count(maximumSeats, "seat");
  return `${minimumSeats} to ${count(maximumSeats, "seat")}`;
}

interface PlanCardProps {
  plan: Plan;
  interval: Interval;
  currency: string;
  seats: number;
  /** The plan that the organization is on. */
  current: boolean;
  /** Whether its free days are still to be had. */
  onTrial: boolean;
  busy: boolean;
  onSelect: () => void;
}

/** One plan: what it costs for these seats, what is in it, and the button that selects it. */
export function PlanCard({
  plan,
  interval,
  currency,
  seats,
  current,
  onTrial,
  busy,
  onSelect,
}: PlanCardProps) {
  const price = plan.prices.find(
    (each) => each.interval === interval && each.unitAmount.currency === currency,
  );
  const fits = seats >= plan.minimumSeats && seats <= plan.maximumSeats;
  return (
    <article class="card plan" aria-labelledby={plan.id}>
      <div class="plan-name">
        <h3 id={plan.id}>{plan.name}</h3>
        {current && <span class="badge">Your plan</span>}
      </div>
      <p class="soft">{plan.description}</p>
      <Amount price={price} />
      <ul class="features">
        {plan.features.map((feature) => (
          <li key={feature}>{feature}</li>
        ))}
      </ul>
      {price && (
        <div class="plan-end">
          {fits ? (
            <Total price={price} seats={seats} onTrial={onTrial} />
          ) : (
            <p class="plan-total soft">It has {seatBounds(plan)}.</p>
          )}
          {fits && (
            <Button
              kind="primary"
              busy={busy}
              aria-label={`Select ${plan.name}`}
              onClick={onSelect}
            >
              Select
            </Button>
          )}
        </div>
      )}
    </article>
  );
}
