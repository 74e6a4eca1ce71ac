interface Sink<Event> {
  next(event: Event): void;
  error(error: unknown): void;
  complete(): void;
}

/** Callbacks as an async iterable: each library has its own kind of callbacks. */
export async function* eventsOf<Event>(
  subscribe: (sink: Sink<Event>) => () => void,
): AsyncGenerator<Event> {
  const arrived: Event[] = [];
  let ended = false;
  let failure: unknown;
  let wake = () => {};
  const unsubscribe = subscribe({
    next: (event) => (arrived.push(event), wake()),
    error: (error) => ((failure = error), (ended = true), wake()),
    complete: () => ((ended = true), wake()),
  });
  try {
    for (;;) {
      const awake = new Promise<void>((resolve) => (wake = resolve));
      while (arrived.length > 0) yield arrived.shift() as Event;
      if (failure !== undefined) throw failure;
      if (ended) return;
      await awake;
    }
  } finally {
    unsubscribe();
  }
}
