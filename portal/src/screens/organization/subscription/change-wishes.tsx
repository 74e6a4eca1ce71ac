import { useState } from "preact/hooks";
import { useChange } from "../../../change.ts";
import { Button } from "../../../components/button.tsx";
import { Choice } from "../../../components/choice.tsx";
import { Banner } from "../../../components/feedback.tsx";
import { SeatStepper } from "../../../components/seat-stepper.tsx";
import { graphql, type ResultOf } from "../../../graphql.ts";
import { type Interval, intervalOptions } from "./intervals.tsx";
import { KeepMembers } from "./keep-members.tsx";
import type { Plan, Subscription } from "./subscription.tsx";

const QuoteChange = graphql(`
  mutation QuoteChange($input: QuoteChangeInput!) {
    quoteChange(input: $input) {
      quote {
        id
        plan {
          name
        }
        interval
        seats
        timing
        effectiveAt
        lines {
          description
          amount {
            amount
            currency
          }
        }
        discount {
          amount
          currency
        }
        tax {
          amount
          currency
        }
        dueNow {
          amount
          currency
        }
        nextInvoiceAt
        nextInvoiceTotal {
          amount
          currency
        }
        losingSeat {
          id
          user {
            id
            email
            name
          }
        }
      }
      errors {
        ... on Error {
          message
        }
      }
    }
  }
`);

type Answer = NonNullable<ResultOf<typeof QuoteChange>["quoteChange"]>;
export type Quote = NonNullable<Answer["quote"]>;

export interface ChangePlanProps {
  organizationId: string;
  subscription: Subscription;
  plans: readonly Plan[];
  seatsInUse: number;
  onClose: () => void;
}

interface WishesProps extends ChangePlanProps {
  onQuote: (quote: Quote) => void;
}

/** The plans that are sold as this subscription is paid: a free plan is reached by cancelling. */
function sold(plans: readonly Plan[], currency: string): readonly Plan[] {
  return plans.filter(({ prices }) =>
    prices.some((price) => price.unitAmount.currency === currency),
  );
}

/** Asks for plan, interval and seats, and what the change would cost. */
export function ChangeWishes({
  organizationId,
  subscription,
  plans,
  seatsInUse,
  onQuote,
  onClose,
}: WishesProps) {
  const offered = sold(plans, subscription.price.unitAmount.currency);
  const [code, setCode] = useState(subscription.plan.code);
  const [interval, setInterval] = useState<Interval>(subscription.interval);
  const [wanted, setWanted] = useState(subscription.seats);
  const [kept, setKept] = useState<ReadonlySet<string>>(new Set());
  const quoting = useChange(QuoteChange);
  const plan = offered.find((each) => each.code === code);
  const least = plan?.minimumSeats ?? 1;
  const most = plan?.maximumSeats ?? wanted;
  const seats = Math.min(most, Math.max(least, wanted));
  const tooFew = seats < seatsInUse;

  async function ask() {
    const keepMemberIds = tooFew ? [...kept].slice(0, seats - 1) : null;
    const input = { organizationId, plan: code, interval, seats, keepMemberIds };
    const payload = await quoting.run({ input });
    if (payload?.quote) onQuote(payload.quote);
  }

  return (
    <div class="dialog-body">
      <Choice
        legend="Plan"
        name="change-plan"
        value={code}
        options={offered.map((each) => ({ value: each.code, label: each.name }))}
        onChange={setCode}
      />
      <Choice
        legend="Billed"
        name="change-interval"
        value={interval}
        options={intervalOptions(offered)}
        onChange={setInterval}
      />
      <div class="picker-seats">
        <span aria-hidden="true">Seats</span>
        <SeatStepper seats={seats} minimum={least} maximum={most} onChange={setWanted} />
        <span class="soft">{seatsInUse} in use or reserved</span>
      </div>
      {tooFew && (
        <KeepMembers
          organizationId={organizationId}
          seats={seats}
          seatsInUse={seatsInUse}
          kept={kept}
          onChange={setKept}
        />
      )}
      {quoting.problem && <Banner tone="bad" title={quoting.problem} />}
      <div class="dialog-end">
        <Button kind="plain" onClick={onClose}>
          Close
        </Button>
        <Button kind="primary" busy={quoting.busy} onClick={ask}>
          Show the price
        </Button>
      </div>
    </div>
  );
}
