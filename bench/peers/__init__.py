"""What the product is measured against. Each peer runs as a process of its own."""
