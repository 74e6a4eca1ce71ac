import { useState } from "preact/hooks";
import { useChange } from "../../../change.ts";
import { Confirm } from "../../../components/confirm.tsx";
import { formatDay } from "../../../format.ts";
import { graphql, type VariablesOf } from "../../../graphql.ts";
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

type Feedback = NonNullable<VariablesOf<typeof CancelSubscription>["input"]["feedback"]>;

const FEEDBACK: Record<Feedback, string> = {
  TOO_EXPENSIVE: "It costs too much",
  MISSING_FEATURES: "Something we need is missing",
  SWITCHED_SERVICE: "We use another service instead",
  UNUSED: "We don't use it enough",
  CUSTOMER_SERVICE: "The support was not good enough",
  TOO_COMPLEX: "It is too difficult to use",
  LOW_QUALITY: "It does not work well enough",
  OTHER: "Another reason",
};

interface ReasonProps {
  feedback: Feedback | null;
  comment: string;
  onFeedback: (feedback: Feedback | null) => void;
  onComment: (comment: string) => void;
}

/** Why, if the reader wants to say. */
function Reason({ feedback, comment, onFeedback, onComment }: ReasonProps) {
  return (
    <>
      <label>
        <span>Why do you cancel? (optional)</span>
        <select
          value={feedback ?? ""}
          onChange={(event) => onFeedback((event.currentTarget.value || null) as Feedback | null)}
        >
          <option value="">I would rather not say</option>
          {Object.entries(FEEDBACK).map(([value, label]) => (
            <option key={value} value={value}>
              {label}
            </option>
          ))}
        </select>
      </label>
      <label>
        <span>What could be better? (optional)</span>
        <textarea
          rows={3}
          maxLength={1000}
          value={comment}
          onInput={(event) => onComment(event.currentTarget.value)}
        />
      </label>
    </>
  );
}

interface CancelSubscriptionProps {
  organizationId: string;
  subscription: Subscription;
}

function whatHappens({ status, currentPeriodEnd }: Subscription): string {
  if (status === "UNPAID") return "It ends at once, and nobody asks for what is open any more.";
  if (status === "TRIALING")
    return `It ends on ${formatDay(currentPeriodEnd)} with the trial, and nothing is charged. Until then you can resume it.`;
  return `It ends on ${formatDay(currentPeriodEnd)}, when the paid period is over. Until then you can resume it.`;
}

/** Ends the subscription at the end of what is paid. */
export function CancelSubscriptionButton({
  organizationId,
  subscription,
}: CancelSubscriptionProps) {
  const cancellation = useChange(CancelSubscription);
  const [feedback, setFeedback] = useState<Feedback | null>(null);
  const [comment, setComment] = useState("");

  async function cancel(): Promise<boolean> {
    const input = { organizationId, feedback, comment: comment.trim() || null };
    return (await cancellation.run({ input })) !== null;
  }

  return (
    <Confirm
      label="Cancel subscription"
      title="Cancel the subscription?"
      busy={cancellation.busy}
      problem={cancellation.problem}
      onConfirm={cancel}
    >
      <p>{whatHappens(subscription)}</p>
      <Reason
        feedback={feedback}
        comment={comment}
        onFeedback={setFeedback}
        onComment={setComment}
      />
    </Confirm>
  );
}
