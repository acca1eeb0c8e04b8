"""Which weights, from which package, with which hash and licence; and building them into ONNX."""
