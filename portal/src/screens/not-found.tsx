import { Link } from "wouter-preact";
import { Empty } from "../components/feedback.tsx";

/** An address that leads nowhere. */
export function NotFound() {
  return (
    <Empty
      title="There is nothing here"
      action={
        <Link href="~/portal/" class="button">
          Your organizations
        </Link>
      }
    >
      The address may be misspelt, or what it showed may not be for you.
    </Empty>
  );
}
