"""Evaluations: what a choice of this product is worth, measured on a person's own repository.

``replay`` packs every commit of the past, ``prompts`` says how much of one prompt the next one
repeats, ``layouts`` orders documents as others do and ``ledgered`` as the product does, ``cache``
puts them together, ``plot`` draws the result.
"""
