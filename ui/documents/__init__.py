"""What is printed: notices, certificates and forms, page by page, to a printer or a file."""
