"""The shipped journeys, scenarios, policies and upstreams. `surgeline init` copies them."""
