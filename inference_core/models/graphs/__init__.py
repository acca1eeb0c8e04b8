"""The networks, each written as an ONNX graph from its packaged weights; one file a family."""
