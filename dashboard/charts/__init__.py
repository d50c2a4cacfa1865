"""Pure functions from a frame to an Altair chart. Widths belong to whoever shows the chart."""
