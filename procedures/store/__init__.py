"""SQL and connections: the only place that knows a database engine."""
