"""What a person attaches to a question: files, PDFs, images, web pages, standard input.

Everything here was written by others. Text goes along as text; PDFs and web pages are turned into
text by a confined program (``conversion``), and a page is fetched from public addresses only
(``fetching``). What is attached belongs to the question's turn, after everything that is cached.
"""

from repoctx.attachments.attaching import attach
from repoctx.attachments.attachment import Attachment, apart, elements, images_of
from repoctx.attachments.content import attachment_of
from repoctx.attachments.fetching import Fetcher

__all__ = ["Attachment", "Fetcher", "apart", "attach", "attachment_of", "elements", "images_of"]
