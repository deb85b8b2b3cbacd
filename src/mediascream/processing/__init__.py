"""What a file says of itself, and its small pictures; decoded where a hostile file can harm nobody."""
