"""Rebalance the classes of the training split without leaking or inventing."""
