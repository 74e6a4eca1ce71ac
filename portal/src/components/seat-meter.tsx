import { count } from "../format.ts";

interface SeatUsage {
  limit: number;
  occupied: number;
  reserved: number;
  available: number;
  over: number;
}

/** How many seats are taken, reserved and free: a bar, and the same in words. */
export function SeatMeter({ usage }: { usage: SeatUsage }) {
  const whole = Math.max(usage.limit, usage.occupied + usage.reserved, 1);
  const share = (seats: number) => `${(100 * seats) / whole}%`;
  return (
    <div class="meter">
      <div class="meter-bar" aria-hidden="true">
        <div class="occupied" style={{ width: share(usage.occupied) }} />
        <div class="reserved" style={{ width: share(usage.reserved) }} />
      </div>
      <ul class="meter-key">
        <li class="occupied">{usage.occupied} in use</li>
        <li class="reserved">{usage.reserved} reserved</li>
        <li class="available">{usage.available} available</li>
      </ul>
      {usage.over > 0 && (
        <p class="bad-text">
          {count(usage.over, "seat")} more than were bought: nobody new can join.
        </p>
      )}
    </div>
  );
}
