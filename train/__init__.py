"""Train the paper's network, its baselines and better ones on FER-2013 or a workspace."""
