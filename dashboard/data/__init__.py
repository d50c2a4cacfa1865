"""What pages show, as frames and tables; cached where it can no longer change."""
