"""What happens around every call, as layers: observe, translate errors, drain, limit time, authenticate."""
