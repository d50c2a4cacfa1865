"""What the pages and the report show: without a browser, over folders of made runs."""
