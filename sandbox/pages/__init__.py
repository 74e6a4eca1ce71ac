"""The pages that Stripe hosts: checkout, 3-D Secure, invoice, portal. HTML without scripts."""
