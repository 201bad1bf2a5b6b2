"""Damaged media: seeds, mutations, and what becomes of them."""
