"""The files that deploy the product, as far as they can be held to the code without an engine."""
