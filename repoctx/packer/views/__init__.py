"""How files are shown that are no plain text: notebooks, large data, assets."""
