"""Sources judged before they are used, and results beside their sources."""
