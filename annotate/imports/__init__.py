"""Labels that were made elsewhere, each rater of them a rater of their own."""
