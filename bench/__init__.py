"""Measurements beside a peer or the floor, each in one run; `make bench` runs them all."""
