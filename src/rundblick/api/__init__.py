"""The REST API: everything the desk can, with tokens and scopes, described by itself under /api/v1/openapi.json."""
