"""Rehearsed incidents: one trigger, several levers, a ranked table and a runbook."""
