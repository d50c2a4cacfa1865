"""What comes with surgeline: journeys, scenarios, policies and upstreams. `surgeline init` copies them."""
