"""One self-contained page that shows a packed repository as a picture.

It lies above ``packer`` and ``backends`` because it knows both: the pack, and what models cost.
"""
