"""The internal API between hub nodes and a media process: messages, mutual authentication, the process' server."""
