"""JPEG, decoded only as far as the outputs can show: the design note is at the top of `decode.c`."""
