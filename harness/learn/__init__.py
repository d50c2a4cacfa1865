"""From what production saw to an upstream, a scenario and a page that says how well each number is known."""
