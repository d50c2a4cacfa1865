"""Colours and labels that all pages share."""
