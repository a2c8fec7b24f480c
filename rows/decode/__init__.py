"""From stored bytes to UTF-8 text: compression, encodings, offsets."""
