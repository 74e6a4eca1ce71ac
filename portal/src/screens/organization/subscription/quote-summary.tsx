import { Banner } from "../../../components/feedback.tsx";
import { count, formatDay, formatMoney, listed, type Money } from "../../../format.ts";
import { memberName } from "../members/member.ts";
import type { Quote } from "./change-wishes.tsx";
import { BILLED } from "./intervals.tsx";

function Line({ label, money, sign = 1 }: { label: string; money: Money; sign?: 1 | -1 }) {
  return (
    <tr>
      <th scope="row">{label}</th>
      <td>{formatMoney({ ...money, amount: sign * money.amount })}</td>
    </tr>
  );
}

/** What a change costs now, line by line, and what comes after. */
export function QuoteSummary({ quote }: { quote: Quote }) {
  const { plan, seats, interval, timing, effectiveAt, lines, discount, tax, dueNow, losingSeat } =
    quote;
  return (
    <>
      <p>
        <strong>
          {plan.name}, {count(seats, "seat")}, {BILLED[interval]}
        </strong>
        {timing === "NOW" ? ", from now on." : `, from ${formatDay(effectiveAt)} on.`}
      </p>
      <table class="bill">
        <tbody>
          {lines.map((line, index) => (
            <Line key={index} label={line.description} money={line.amount} />
          ))}
          {discount.amount > 0 && <Line label="Discount" money={discount} sign={-1} />}
          {tax.amount > 0 && <Line label="Tax" money={tax} />}
        </tbody>
        <tfoot>
          <Line label="Due now" money={dueNow} />
        </tfoot>
      </table>
      {losingSeat.length > 0 && (
        <Banner tone="warn" title={`${listed(losingSeat.map(memberName))} will lose their seat.`}>
          Who that is, is decided again when the change takes effect.
        </Banner>
      )}
      <p class="soft">
        The next invoice, on {formatDay(quote.nextInvoiceAt)}, will be{" "}
        {formatMoney(quote.nextInvoiceTotal)}.
      </p>
    </>
  );
}
