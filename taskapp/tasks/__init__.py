"""Tasks, and who may see and change them."""
