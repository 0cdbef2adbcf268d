"""The tests mirror the source; flow, interop, conformance and attacks stand beside."""
