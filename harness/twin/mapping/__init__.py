"""Maps of stability over two settings: axes, simulated cells, and the runs of the lab that check some of them."""
