"""What the pages show: opened without a browser over folders of made runs."""
