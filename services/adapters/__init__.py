"""The world's technologies behind the domain's ports, one a file."""
