"""Figures for whoever operates Seatwise."""
