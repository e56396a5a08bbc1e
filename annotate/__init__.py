"""Blind, multi-rater expert labelling in Label Studio, and what the experts agree on."""
