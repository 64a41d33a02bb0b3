"""What every app may use: windows, text keys, streaming, problem documents, template tags; no models."""
