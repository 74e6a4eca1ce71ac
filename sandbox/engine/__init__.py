"""What every resource shares: storage, rendering, listing, requests, events, deliveries, time."""
