"""What Stripe's own SDK says about requests and answers, read from its types."""
