"""`seatwise dev`: everything that Seatwise needs, on one machine, from one command."""
