"""Repository -> pack: walk, parse, languages, graph, order, tokens, rank, select, render, pack."""
