"""What every process needs, whatever it does. Nothing here knows files, rows or HTTP routes."""
