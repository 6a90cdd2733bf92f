"""Request -> stream of events: hosted and local models, any command, recordings, no model."""
