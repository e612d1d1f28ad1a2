"""In and out, without logic: the HTTP service, the terminal, the page, and the JSON that they share."""
