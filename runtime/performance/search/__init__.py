"""The search for controls: cost, schedule and passes of iLQG."""
