"""The clients that people really use, as data, and one test that connects each as it would."""
