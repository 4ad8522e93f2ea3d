"""What operators see of the service: log lines, metrics, spans. Each costs nothing while off."""
