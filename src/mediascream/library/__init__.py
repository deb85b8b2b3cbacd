"""The rows: which photos there are, and where each stands on its way to each destination."""
