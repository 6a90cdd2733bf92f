"""Orders, discounts and stock of a small shop."""
