import { useState } from "preact/hooks";

interface SeatStepperProps {
  seats: number;
  minimum: number;
  maximum: number;
  onChange: (seats: number) => void;
}

/** A number of seats within bounds, typed or stepped. A button at its bound keeps the focus, and does nothing. */
export function SeatStepper({ seats, minimum, maximum, onChange }: SeatStepperProps) {
  // What is being typed stays when the page is drawn anew by a live event.
  const [typed, setTyped] = useState<string | null>(null);
  const set = (wanted: number) => {
    if (Number.isInteger(wanted)) onChange(Math.min(maximum, Math.max(minimum, wanted)));
  };
  return (
    <div class="stepper">
      <button
        type="button"
        aria-label="One seat fewer"
        aria-disabled={seats <= minimum}
        onClick={() => set(seats - 1)}
      >
        −
      </button>
      <input
        type="number"
        inputMode="numeric"
        aria-label="Seats"
        min={minimum}
        max={maximum}
        value={typed ?? seats}
        onInput={(event) => setTyped(event.currentTarget.value)}
        onChange={(event) => {
          set(event.currentTarget.valueAsNumber);
          setTyped(null);
        }}
      />
      <button
        type="button"
        aria-label="One seat more"
        aria-disabled={seats >= maximum}
        onClick={() => set(seats + 1)}
      >
        +
      </button>
    </div>
  );
}
