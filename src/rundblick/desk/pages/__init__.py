"""The pages: each module fetches what its page shows, calls one rule of a lower room, and renders."""
