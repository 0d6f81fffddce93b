"""Figures counted a second time, by other means, without looking at how the program counts them."""
