"""Inside the processes of a team's own service: its Sessions are traced, its inbound calls known, both reported."""
