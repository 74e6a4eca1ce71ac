import { useChange } from "../../../change.ts";
import { Confirm } from "../../../components/confirm.tsx";
import { formatDay } from "../../../format.ts";
import { graphql } from "../../../graphql.ts";
import type { Subscription } from "./subscription.tsx";

const CancelSubscription = graphql(`
  mutation CancelSubscription($input: CancelSubscriptionInput!) {
    cancelSubscription(input: $input) {
      errors {
        ... on Error {
          message
        }
      }
    }
  }
`);

interface CancelSubscriptionProps {
  organizationId: string;
  subscription: Subscription;
}

function whatHappens({ status, currentPeriodEnd }: Subscription): string {
  if (status === "UNPAID") return "It ends at once, and nobody asks for what is open any more.";
  return `It ends on ${formatDay(currentPeriodEnd)}, when the paid period is over. Until then you can resume it.`;
}

/** Ends the subscription at the end of what is paid. */
export function CancelSubscriptionButton({
  organizationId,
  subscription,
}: CancelSubscriptionProps) {
  const cancellation = useChange(CancelSubscription);
  return (
    <Confirm
      label="Cancel subscription"
      title="Cancel the subscription?"
      busy={cancellation.busy}
      problem={cancellation.problem}
      onConfirm={async () => (await cancellation.run({ input: { organizationId } })) !== null}
    >
      {whatHappens(subscription)}
    </Confirm>
  );
}
