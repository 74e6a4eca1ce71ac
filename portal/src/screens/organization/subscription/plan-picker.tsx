import { useState } from "preact/hooks";
import { useChange } from "../../../change.ts";
import { Choice } from "../../../components/choice.tsx";
import { Banner } from "../../../components/feedback.tsx";
import { SeatStepper } from "../../../components/seat-stepper.tsx";
import { graphql } from "../../../graphql.ts";
import { ownAddress } from "./checkout-notice.tsx";
import { type Interval, intervalOptions } from "./intervals.tsx";
import { PlanCard } from "./plan-card.tsx";
import type { Plan, Subscription } from "./subscription.tsx";

const SelectPlan = graphql(`
  mutation SelectPlan($input: SelectPlanInput!) {
    selectPlan(input: $input) {
      billingSession {
        id
        url
      }
      errors {
        ... on Error {
          message
        }
      }
    }
  }
`);

const SEATS_AT_FIRST = 5;

interface PlanPickerProps {
  organizationId: string;
  plans: readonly Plan[];
  currentPlan: string | null;
  /** What was bought before: there is one trial, and Stripe does not let a customer change the currency. */
  previous: Subscription | null;
  seatsInUse: number;
}

function currenciesOf(plans: readonly Plan[]): string[] {
  const prices = plans.flatMap((plan) => plan.prices);
  return [...new Set(prices.map(({ unitAmount }) => unitAmount.currency))].sort();
}

/** The currency to begin with: the one bought in before, or US dollars where they are taken. */
function firstCurrency(offered: readonly string[], boughtIn: string | null): string {
  return boughtIn ?? offered.find((currency) => currency === "usd") ?? offered[0] ?? "usd";
}

/** The plans side by side, by interval and seats. Selecting one leads to Stripe's checkout. */
export function PlanPicker({
  organizationId,
  plans,
  currentPlan,
  previous,
  seatsInUse,
}: PlanPickerProps) {
  const [interval, setInterval] = useState<Interval>("MONTHLY");
  const [seats, setSeats] = useState(Math.max(previous?.seats ?? SEATS_AT_FIRST, seatsInUse));
  const offered = currenciesOf(plans);
  const boughtIn = previous?.price.unitAmount.currency ?? null;
  const [currency, setCurrency] = useState(firstCurrency(offered, boughtIn));
  const [chosen, setChosen] = useState<string | null>(null);
  const selection = useChange(SelectPlan);
  const largest = Math.max(...plans.map((plan) => plan.maximumSeats));

  async function select(plan: Plan) {
    setChosen(plan.code);
    const input = {
      organizationId,
      plan: plan.code,
      interval,
      seats,
      currency,
      returnUrl: ownAddress(),
    };
    const payload = await selection.run({ input });
    if (payload?.billingSession?.url) location.assign(payload.billingSession.url);
    else setChosen(null);
  }

  return (
    <section aria-labelledby="plans">
      <div class="picker-bar">
        <h2 id="plans">Choose a plan</h2>
        <Choice
          legend="Billed"
          name="interval"
          value={interval}
          options={intervalOptions(plans)}
          onChange={setInterval}
        />
        {boughtIn === null && offered.length > 1 && (
          <Choice
            legend="Currency"
            name="currency"
            value={currency}
            options={offered.map((value) => ({ value, label: value.toUpperCase() }))}
            onChange={setCurrency}
          />
        )}
        <div class="picker-seats">
          <span aria-hidden="true">Seats</span>
          <SeatStepper
            seats={seats}
            minimum={Math.max(1, seatsInUse)}
            maximum={largest}
            onChange={setSeats}
          />
        </div>
      </div>
      {selection.problem && <Banner tone="bad" title={selection.problem} />}
      <div class="plans">
        {plans.map((plan) => (
          <PlanCard
            key={plan.id}
            plan={plan}
            interval={interval}
            currency={currency}
            seats={seats}
            current={plan.code === currentPlan}
            onTrial={previous === null}
            busy={chosen === plan.code}
            onSelect={() => select(plan)}
          />
        ))}
      </div>
    </section>
  );
}
